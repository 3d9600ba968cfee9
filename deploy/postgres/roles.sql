-- Roles of one service and of the cluster (P3.7). Run by a superuser, in the service's database:
--   psql -v own=own_targets -v api=targets_api -v job=targets_job -v migrator=targets_migrator \
--        -d jx_targets -f roles.sql
-- The local runner runs the same file. May be run again. Passwords are set apart, from secrets.
SELECT set_config('jx.own', :'own', false), set_config('jx.api', :'api', false),
       set_config('jx.job', :'job', false), set_config('jx.migrator', :'migrator', false);
DO $$ DECLARE r text;
  own text := current_setting('jx.own'); api text := current_setting('jx.api');
  job text := current_setting('jx.job'); migrator text := current_setting('jx.migrator');
BEGIN
  -- Scope kinds belong to the cluster; they own nothing and cannot log in. s_none reaches no record.
  FOREACH r IN ARRAY ARRAY['s_any','s_system','s_district','s_line','s_unit','s_town','s_townline',
                           's_commission','s_congress','s_none', own] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = r) THEN EXECUTE format('CREATE ROLE %I NOLOGIN', r); END IF;
  END LOOP;
  FOREACH r IN ARRAY ARRAY[api, job, migrator] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = r) THEN
      EXECUTE format('CREATE ROLE %I LOGIN NOINHERIT NOBYPASSRLS', r);
    END IF;
  END LOOP;
  GRANT s_any TO s_district, s_line, s_unit, s_town, s_townline, s_commission, s_congress, s_none;
  EXECUTE format('GRANT %I TO %I', own, migrator);
  EXECUTE format('GRANT s_district, s_line, s_unit, s_town, s_townline, s_commission, s_congress, s_none TO %I', api);
  EXECUTE format('GRANT s_system TO %I', job);
  EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I, %I, %I', current_database(), migrator, api, job);
  EXECUTE format('GRANT CREATE ON DATABASE %I TO %I', current_database(), own);
  EXECUTE format('GRANT USAGE, CREATE ON SCHEMA public TO %I', own);
END $$;
