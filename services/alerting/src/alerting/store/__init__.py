"""All of alerting's SQL. Functions that take ``tx`` join the caller's transaction; the others make their own."""
