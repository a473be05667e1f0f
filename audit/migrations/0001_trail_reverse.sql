DROP TABLE audit_payload, audit_chain_head, audit_record_event, audit_api_call, audit_entry;
DROP FUNCTION audit_refuse(), audit_grant_update(regclass, text), audit_revoke(regclass, text);
