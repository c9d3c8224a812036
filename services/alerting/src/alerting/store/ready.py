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

FOLLOW_UPS = "'claimed', 'contacted', 'closed', 'reopened'"

READY = f"""
    FROM notification n LEFT JOIN recovery_case c ON c.id = n.case_id
    WHERE n.channel = :channel AND n.state = 'queued' AND n.due_at <= now()
      AND (n.leased_until IS NULL OR n.leased_until <= now())
      AND (n.what <> 'page' OR c.state = 'open')
      AND (n.what = 'bundle' OR NOT EXISTS (
          SELECT FROM notification e
          WHERE e.case_id = n.case_id AND e.channel = n.channel AND e.person IS NOT DISTINCT FROM n.person
            AND e.id < n.id AND e.what <> 'bundle'
            AND (e.state IN ('queued', 'cancelled') AND e.leased_until > now()
                 OR e.state = 'queued' AND e.what IN ({FOLLOW_UPS}) AND n.what IN ({FOLLOW_UPS})
                 OR e.state = 'queued' AND e.due_at <= now() AND (e.what <> 'page' OR c.state = 'open')
                    AND NOT (n.what = 'page' AND e.what IN ({FOLLOW_UPS})))))
"""  # noqa: S608  (fragments of ours)
"""Due and not leased. The case is looked at again although a claim cancels what is queued: nobody is paged for what is
being taken care of. And nothing overtakes what was queued before it for the same recipient about the same case, but: a
page that waits to be tried again holds up nothing; how a case went on is told in order, so that nobody ends with old
news; and no page waits for that."""

PART = "(n.state = 'bundled' AND (n.what <> 'page' OR c.state = 'open'))"
"""A row of a bundle that is still worth telling; it needs ``c``, its case. A claim while the bundle was being made did
not see it, so the case is asked."""
