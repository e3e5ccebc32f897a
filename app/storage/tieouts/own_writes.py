"""What the service itself wrote last to a payment, as a tie-out reads it: looked up only of what somebody has changed since it was made."""

UNTOUCHED = "0"
"""The version of what nobody has changed since it was made (docs/quickbooks.md 5)."""
PUT_THERE = f"""
    coalesce(%(kind)s = 'receipt' AND q.version <> '{UNTOUCHED}' AND q.record ->> 'channel' = (SELECT p.record ->> 'channel' FROM operation p
        WHERE p.connection_id = %(c)s AND p.side = 'quickbooks' AND p.kind = %(kind)s AND p.target_id = q.record_id
        AND p.state = 'done' AND p.fields ? 'channel' AND q.account_version IN ('', p.result_version)
        ORDER BY p.sent_at DESC LIMIT 1), false) AS q_put_there
"""
"""Whether it was the service that put a payment which was there already into the account that it lies in: by the version in which the
payment came to lie there, where that is known, and else by the last account that it wrote. Looked up only of what somebody has
changed since it was made."""
PUT_WITH = f"""
    coalesce(%(kind)s = 'receipt' AND q.version <> '{UNTOUCHED}' AND EXISTS (SELECT 1 FROM operation p
        WHERE p.connection_id = %(c)s AND p.side = 'quickbooks' AND p.kind = %(kind)s AND p.target_id = q.record_id
        AND p.state = 'done' AND p.fields ? 'contact_id' AND p.result_version = q.version), false) AS q_put_with
"""
"""Whether it was the service that gave a payment its customer as the last thing that happened to it; likewise."""
