"""What may be sent now, and in which order: one meaning for whoever leases notifications and whoever bundles them."""

FIRST = "(n.what = 'page' AND n.step LIKE '%p1')"
"""The first page of a case, or of its being open again (``outbox.page_step``)."""

RANK = f"""
    CASE WHEN {FIRST} THEN 0
         WHEN n.what = 'incident' OR (n.urgent AND n.what IN ('page', 'reminder')) THEN 1
         WHEN n.what IN ('page', 'reminder') THEN 2
         WHEN n.what = 'bundle' THEN 4
         ELSE 3 END
"""

READY = """
    FROM notification n LEFT JOIN recovery_case c ON c.id = n.case_id
    WHERE n.channel = :channel AND n.state = 'queued' AND n.due_at <= now()
      AND (n.leased_until IS NULL OR n.leased_until <= now())
      AND (n.what <> 'page' OR c.state = 'open')
      AND (n.what = 'bundle' OR NOT EXISTS (
          SELECT FROM notification e
          WHERE e.case_id = n.case_id AND e.channel = n.channel AND e.person IS NOT DISTINCT FROM n.person
            AND e.id < n.id AND e.what <> 'bundle'
            AND (e.state IN ('queued', 'cancelled') AND e.leased_until > now()
                 OR e.state = 'queued' AND e.due_at <= now() AND (e.what <> 'page' OR c.state = 'open'))))
"""
"""Due and not leased. The case is looked at again although a claim cancels what is queued: nobody is paged for what is
being taken care of. And nothing overtakes what was queued before it for the same recipient about the same case; what
waits to be tried again later holds up nothing."""
