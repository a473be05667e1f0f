-- Rights are taken back from whoever was given them by default, whatever that role is called.
CREATE FUNCTION audit_revoke(target regclass, rights text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    grantee text;
BEGIN
    FOR grantee IN
        SELECT DISTINCT CASE given.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(given.grantee)) END
          FROM pg_class c, aclexplode(c.relacl) given
         WHERE c.oid = target AND given.grantee <> c.relowner
    LOOP
        EXECUTE format('REVOKE %s ON %s FROM %s', rights, target, grantee);
    END LOOP;
END $$;

CREATE FUNCTION audit_grant_update(target regclass, columns text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    grantee text;
BEGIN
    FOR grantee IN
        SELECT DISTINCT quote_ident(pg_get_userbyid(given.grantee))
          FROM pg_class c, aclexplode(c.relacl) given
         WHERE c.oid = target AND given.grantee NOT IN (0, c.relowner) AND given.privilege_type = 'INSERT'
    LOOP
        EXECUTE format('GRANT UPDATE (%s) ON %s TO %s', columns, target, grantee);
    END LOOP;
END $$;

-- Holds even where somebody grants the rights again.
CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The trail is append-only: % of % is refused.', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TABLE audit_entry (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    job_id uuid,
    run_id uuid,
    at timestamptz NOT NULL,
    seq bigint NOT NULL,
    kind text NOT NULL,
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    actor_label text NOT NULL,
    subject_type text NOT NULL,
    subject_id text NOT NULL,
    data jsonb NOT NULL,
    prev_hash bytea NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
CREATE INDEX audit_entry_by_seq ON audit_entry (tenant_id, seq);
CREATE INDEX audit_entry_by_kind ON audit_entry (tenant_id, kind, seq);
CREATE INDEX audit_entry_by_subject ON audit_entry (subject_type, subject_id, seq);
CREATE INDEX audit_entry_by_run ON audit_entry (run_id, seq) WHERE run_id IS NOT NULL;

CREATE TABLE audit_api_call (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    connection_id uuid,
    run_id uuid,
    job_id uuid,
    at timestamptz NOT NULL,
    bytes_in bigint NOT NULL,
    bytes_out bigint NOT NULL,
    duration_ms integer NOT NULL,
    status smallint NOT NULL,
    attempt smallint NOT NULL,
    system text NOT NULL,
    method text NOT NULL,
    path text NOT NULL,
    vendor_request_id text NOT NULL,
    error_class text NOT NULL,
    error_text text NOT NULL,
    request_digest bytea,
    answer_digest bytea,
    PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
CREATE INDEX audit_call_by_run ON audit_api_call (run_id, id) WHERE run_id IS NOT NULL;
CREATE INDEX audit_call_by_connection ON audit_api_call (connection_id, id);
CREATE INDEX audit_call_by_request ON audit_api_call (vendor_request_id) WHERE NOT (vendor_request_id = '');

CREATE TABLE audit_record_event (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    link_id uuid,
    job_id uuid NOT NULL,
    run_id uuid,
    replay_id uuid,
    call_id uuid,
    at timestamptz NOT NULL,
    mapping_version integer,
    kind text NOT NULL,
    sink text NOT NULL,
    source_key text NOT NULL,
    outcome text NOT NULL,
    reason text NOT NULL,
    text text NOT NULL,
    source_digest bytea,
    payload_digest bytea,
    trace_digest bytea,
    answer_digest bytea,
    PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
CREATE INDEX audit_event_by_link ON audit_record_event (link_id, at);
CREATE INDEX audit_event_by_run ON audit_record_event (run_id, id) WHERE run_id IS NOT NULL;

-- Takes what no month's partition is there for, so that recording never fails. `manage.py audit_maintenance` makes the months.
CREATE TABLE audit_entry_default PARTITION OF audit_entry DEFAULT;
CREATE TABLE audit_api_call_default PARTITION OF audit_api_call DEFAULT;
CREATE TABLE audit_record_event_default PARTITION OF audit_record_event DEFAULT;

CREATE TABLE audit_chain_head (
    tenant_id uuid PRIMARY KEY,
    at timestamptz NOT NULL,
    seq bigint NOT NULL,
    base_seq bigint NOT NULL,
    hash bytea NOT NULL,
    base_hash bytea NOT NULL
) WITH (fillfactor = 50); -- updated with every entry, in place

CREATE TABLE audit_payload (
    tenant_id uuid NOT NULL,
    size integer NOT NULL,
    first_seen date NOT NULL,
    last_seen date NOT NULL,
    erased_at timestamptz,
    encoding smallint NOT NULL,
    erased_why text NOT NULL DEFAULT '',
    digest bytea NOT NULL,
    body bytea,
    PRIMARY KEY (tenant_id, digest)
);
-- Bodies come compressed; PostgreSQL need not try again.
ALTER TABLE audit_payload ALTER COLUMN body SET STORAGE EXTERNAL;
CREATE INDEX audit_payload_by_age ON audit_payload (last_seen) WHERE body IS NOT NULL;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['audit_entry', 'audit_api_call', 'audit_record_event'] LOOP
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION audit_refuse()', name);
        EXECUTE format('CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()', name);
        PERFORM audit_revoke(name::regclass, 'UPDATE, DELETE, TRUNCATE');
        -- The tenant wall stands on the whole table; nobody gets at a part of it directly.
        PERFORM audit_revoke((name || '_default')::regclass, 'ALL');
    END LOOP;
    FOREACH name IN ARRAY ARRAY['audit_chain_head', 'audit_payload'] LOOP
        PERFORM audit_revoke(name::regclass, 'UPDATE, DELETE, TRUNCATE');
    END LOOP;
    PERFORM audit_grant_update('audit_chain_head', 'seq, hash, at');
    PERFORM audit_grant_update('audit_payload', 'encoding, body, last_seen, erased_at, erased_why');
END $$;
