-- Written by python -m deploy.k8s from amends.services: do not edit.
-- What a new database begins with, run in it by a superuser; again does no harm. A role and a schema for each service:
-- a role owns its schema, sees into no other, makes none, and may use neither `public` nor temporary tables.
-- `doctor` reads all of them and writes nothing. `pg_monitor`, CloudNativePG's eyes, may connect and sees no row.
-- Roles have no password here: whoever runs the database says how they prove who they are.
REVOKE ALL ON DATABASE "amends" FROM PUBLIC;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'ingest') THEN CREATE ROLE "ingest" LOGIN; END IF; END $$;
GRANT CONNECT ON DATABASE "amends" TO "ingest";
GRANT "ingest" TO CURRENT_USER;
CREATE SCHEMA IF NOT EXISTS "ingest" AUTHORIZATION "ingest";
DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'scoring') THEN CREATE ROLE "scoring" LOGIN; END IF; END $$;
GRANT CONNECT ON DATABASE "amends" TO "scoring";
GRANT "scoring" TO CURRENT_USER;
CREATE SCHEMA IF NOT EXISTS "scoring" AUTHORIZATION "scoring";
DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'alerting') THEN CREATE ROLE "alerting" LOGIN; END IF; END $$;
GRANT CONNECT ON DATABASE "amends" TO "alerting";
GRANT "alerting" TO CURRENT_USER;
CREATE SCHEMA IF NOT EXISTS "alerting" AUTHORIZATION "alerting";
DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'profile_sync') THEN CREATE ROLE "profile_sync" LOGIN; END IF; END $$;
GRANT CONNECT ON DATABASE "amends" TO "profile_sync";
GRANT "profile_sync" TO CURRENT_USER;
CREATE SCHEMA IF NOT EXISTS "profile_sync" AUTHORIZATION "profile_sync";
DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'doctor') THEN CREATE ROLE "doctor" LOGIN; END IF; END $$;
GRANT CONNECT ON DATABASE "amends" TO "doctor", pg_monitor;
GRANT pg_read_all_data TO "doctor";
