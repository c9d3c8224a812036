"""What alerting decides. Pure: values in, values out; time is an argument."""
