"""How a migration takes its tables while the version before works on them: all at once, or none and once more.

Whoever works holds some of them and wants others, in orders of their own; a migration that took one after the other
would wait in a circle with them. Here it gives up before they do, and lets go of what it has.
"""

TRIES = 20
_WAIT_MILLISECONDS = 500  # less than PostgreSQL's deadlock_timeout: nobody else is ever chosen to give way


def lock_tables(*names: str) -> str:
    """The statement a migration begins with. Names every table that it or a later one of the same release alters."""
    return f"""
        DO $$ DECLARE usual text := current_setting('lock_timeout'); tries int := 0;
        BEGIN
            PERFORM set_config('lock_timeout', '{_WAIT_MILLISECONDS}ms', true);
            LOOP
                BEGIN
                    LOCK TABLE {", ".join(names)} IN ACCESS EXCLUSIVE MODE;
                    EXIT;
                EXCEPTION WHEN lock_not_available THEN
                    tries := tries + 1;
                    IF tries = {TRIES} THEN RAISE; END IF;
                    PERFORM pg_sleep(random() / 2);
                END;
            END LOOP;
            PERFORM set_config('lock_timeout', usual, true);
        END $$
    """
