"""A reference CRM: customer profiles with fields, over HTTP and on a page. It stands in for a customer's own system.

It knows nothing of Amends and imports nothing of it. It shows what the generic REST adapter expects of a CRM: ETags,
If-Match, Idempotency-Key, and fields that people edit too.
"""
