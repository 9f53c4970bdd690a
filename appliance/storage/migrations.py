"""Numbered migrations, one transaction each; a shipped one is never edited.

Migration k brings ``PRAGMA user_version`` from k - 1 to k.
"""

from collections.abc import Sequence

from sqlite_utils import Database

from appliance.errors import NewerSchemaError

Migration = tuple[str, ...]
"""Statements that run in one transaction."""

PRIVACY: tuple[Migration, ...] = (
    (
        """CREATE TABLE consent (
            seat TEXT PRIMARY KEY,
            granted INTEGER NOT NULL,
            permanent INTEGER NOT NULL,
            occupancy TEXT,
            actor TEXT NOT NULL,
            wall_s REAL NOT NULL
        ) STRICT""",
        """CREATE TABLE audit (
            id INTEGER PRIMARY KEY,
            wall_s REAL NOT NULL,
            event TEXT NOT NULL,
            actor TEXT NOT NULL,
            seat TEXT NOT NULL,
            detail TEXT NOT NULL
        ) STRICT""",
        """CREATE TABLE commands (
            position INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            terminal TEXT,
            topic TEXT NOT NULL,
            payload TEXT NOT NULL,
            created_s REAL NOT NULL,
            expires_s REAL NOT NULL,
            state TEXT NOT NULL,
            updated_s REAL NOT NULL,
            detail TEXT NOT NULL
        ) STRICT""",
        "CREATE INDEX commands_by_state ON commands (state)",
        """CREATE TABLE decisions (
            id TEXT PRIMARY KEY,
            wall_s REAL NOT NULL,
            at_s REAL NOT NULL,
            episode TEXT NOT NULL,
            seat TEXT NOT NULL,
            occupancy TEXT NOT NULL,
            terminal TEXT NOT NULL,
            affect TEXT NOT NULL,
            action TEXT NOT NULL,
            rule TEXT NOT NULL,
            reason TEXT NOT NULL,
            intensity REAL NOT NULL,
            duration_s REAL NOT NULL
        ) STRICT""",
        """CREATE TABLE alerts (
            episode TEXT PRIMARY KEY,
            wall_s REAL NOT NULL,
            seat TEXT NOT NULL,
            occupancy TEXT NOT NULL,
            affect TEXT NOT NULL,
            onset_s REAL NOT NULL,
            opened_s REAL NOT NULL,
            cleared_s REAL,
            intensity REAL NOT NULL,
            severe_s REAL NOT NULL,
            mean_score REAL NOT NULL,
            tokens_above INTEGER NOT NULL
        ) STRICT""",
        """CREATE TABLE feedback (
            command TEXT NOT NULL,
            kind TEXT NOT NULL,
            terminal TEXT NOT NULL,
            rating INTEGER,
            after_s REAL,
            wall_s REAL NOT NULL,
            PRIMARY KEY (command, kind)
        ) STRICT""",
    ),
    (
        """CREATE TABLE checkpoints (
            key TEXT PRIMARY KEY,
            value TEXT NOT NULL,
            wall_s REAL NOT NULL
        ) STRICT""",
    ),
    (
        # A choice without its propensity is of no use to anybody, so there is none (docs/DESIGN.md,
        # 6).
        """CREATE TABLE choices (
            id TEXT PRIMARY KEY,
            wall_s REAL NOT NULL,
            at_s REAL NOT NULL,
            seat TEXT NOT NULL,
            occupancy TEXT NOT NULL,
            episode TEXT NOT NULL DEFAULT '',
            state BLOB NOT NULL,
            allowed INTEGER NOT NULL,
            rule_action INTEGER NOT NULL,
            rule TEXT NOT NULL,
            learned_action INTEGER NOT NULL,
            action INTEGER NOT NULL,
            propensity REAL NOT NULL CHECK (propensity > 0 AND propensity <= 1),
            bound REAL NOT NULL,
            value REAL NOT NULL,
            reason TEXT NOT NULL,
            policy TEXT NOT NULL,
            seed INTEGER NOT NULL,
            erased INTEGER NOT NULL DEFAULT 0
        ) STRICT""",
        "CREATE INDEX choices_by_time ON choices (wall_s)",
        # Delta F and Delta B by the paper's letters: in fatigue-only no column may name another
        # state, and the schema is the same for all.
        """CREATE TABLE outcomes (
            choice TEXT PRIMARY KEY,
            delta_f REAL,
            delta_b REAL,
            complete INTEGER NOT NULL,
            reject INTEGER NOT NULL,
            intrude INTEGER NOT NULL,
            wall_s REAL NOT NULL
        ) STRICT""",
        """CREATE TABLE policies (
            version TEXT PRIMARY KEY,
            learner TEXT NOT NULL,
            weights BLOB NOT NULL,
            wall_s REAL NOT NULL
        ) STRICT""",
    ),
    (
        # Of the refusals, which say the same: a consent needs both.
        "ALTER TABLE consent ADD COLUMN line TEXT NOT NULL DEFAULT ''",
    ),
)

FEATURES: tuple[Migration, ...] = (
    (
        # One row per stay on a seat and layout of the blobs, so that a token's row stays short.
        """CREATE TABLE streams (
            id INTEGER PRIMARY KEY,
            seat TEXT NOT NULL,
            occupancy TEXT NOT NULL,
            columns TEXT NOT NULL,
            last_s REAL NOT NULL,
            UNIQUE (seat, occupancy, columns)
        ) STRICT""",
        """CREATE TABLE tokens (
            id INTEGER PRIMARY KEY,
            stream INTEGER NOT NULL REFERENCES streams (id),
            wall_s REAL NOT NULL,
            at_s REAL NOT NULL,
            features BLOB NOT NULL,
            reading TEXT,
            probabilities BLOB
        ) STRICT""",
        "CREATE INDEX tokens_by_time ON tokens (wall_s)",
    ),
)


def migrate(database: Database, migrations: Sequence[Migration], *, name: str) -> None:
    """Bring a database to the newest version.

    Args:
        database: Open, outside of a transaction.
        migrations: All of them, oldest first.
        name: File name for messages.

    Raises:
        NewerSchemaError: A newer program has written the database.
    """
    while True:
        # IMMEDIATE, and the version read inside: the service and the command line may both be
        # starting.
        database.execute("BEGIN IMMEDIATE")
        try:
            version = int(database.execute("PRAGMA user_version").fetchone()[0])
            if version < len(migrations):
                for statement in migrations[version]:
                    database.execute(statement)
                database.execute(f"PRAGMA user_version = {version + 1}")
        except BaseException:
            database.conn.rollback()
            raise
        database.execute("COMMIT")
        if version > len(migrations):
            msg = (
                f"{name}: version {version} was written by a newer classbox than this one, "
                f"which knows {len(migrations)}; install the newer one or move the file away"
            )
            raise NewerSchemaError(msg)
        if version == len(migrations):
            return
