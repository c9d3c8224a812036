-- Written by python -m deploy.k8s from amends.services: do not edit.
-- What a new database begins with, run once in it by a superuser: one role and one schema for each service. A role owns
-- its schema and sees into no other, makes none, and may use neither `public` nor temporary tables. Roles have no
-- password here: whoever runs the database says how they prove who they are.
REVOKE ALL ON DATABASE amends FROM PUBLIC;
REVOKE ALL ON SCHEMA public FROM PUBLIC;

CREATE ROLE ingest LOGIN;
GRANT CONNECT ON DATABASE amends TO ingest;
CREATE SCHEMA ingest AUTHORIZATION ingest;

CREATE ROLE scoring LOGIN;
GRANT CONNECT ON DATABASE amends TO scoring;
CREATE SCHEMA scoring AUTHORIZATION scoring;

CREATE ROLE alerting LOGIN;
GRANT CONNECT ON DATABASE amends TO alerting;
CREATE SCHEMA alerting AUTHORIZATION alerting;

CREATE ROLE profile_sync LOGIN;
GRANT CONNECT ON DATABASE amends TO profile_sync;
CREATE SCHEMA profile_sync AUTHORIZATION profile_sync;
