"""Every deliberate error of the box.

::

    ApplianceError
    ├── ConfigError            exit 78  the configuration is wrong; one line per problem
    ├── ModelLoadError         exit 65  a model file is missing, altered or cannot be compiled
    ├── ShapeError                      an array does not have the promised shape
    ├── InferenceError                  a run time failed or overran on one request
    │   └── StuckEngineError exit 70    a request never ended; only a new process helps
    ├── CameraError            exit 69  a feed could not be opened or read; it is retried
    ├── ContractError                   a message does not match its JSON Schema
    ├── BrokerError            exit 69  the broker refused or cannot be reached
    ├── StorageError                    the database cannot be used
    │   ├── NewerSchemaError exit 65    a newer program has written it
    │   └── ArchiveError     exit 65    a file is no backup of this box, or damaged
    ├── NobodyKnownError                nobody is known to sit where somebody is said to agree
    ├── PolicyError            exit 65  a learned policy is damaged or made for another model
    ├── LockError                       a screen could not be locked, or shown a message
    ├── DoorError                       the running service refused what a command asked
    ├── ServiceAwayError       exit 69  a command needs the running service, which does not answer
    │   └── NoServiceError     exit 69  there is none
    ├── PagesError           exit 69  the pages cannot be served: the address, or the server itself
    └── MissingProgramError    exit 69  another program is needed, which is said
"""

from typing import ClassVar


class ApplianceError(Exception):
    """Base of all deliberate errors; the message is meant for the operator."""

    exit_code: ClassVar[int] = 1
    """Exit status of ``classbox`` when nothing caught the error (sysexits.h)."""

    def __init__(self, problem: str, *, next_step: str = "") -> None:
        """Say what is wrong and what to do about it.

        Args:
            problem: The thing and the fact.
            next_step: Stands behind a semicolon in the message; empty where ``problem`` has it.
        """
        super().__init__(f"{problem}; {next_step}" if next_step else problem)
        self.problem = problem
        """The message without the next step."""
        self.next_step = next_step
        """What to do; may be empty."""


class ConfigError(ApplianceError):
    """The configuration is wrong; the message has one line per problem."""

    exit_code = 78  # EX_CONFIG


class ModelLoadError(ApplianceError):
    """A model file is missing, altered or cannot be compiled."""

    exit_code = 65  # EX_DATAERR


class ShapeError(ApplianceError):
    """An array does not have the promised shape."""


class InferenceError(ApplianceError):
    """A run time failed or overran on one request."""


class StuckEngineError(InferenceError):
    """A request of this engine never ended, so none of its requests can be trusted any more."""

    exit_code = 70  # EX_SOFTWARE; systemd starts the box again


class CameraError(ApplianceError):
    """A feed could not be opened or read; the reader tries again."""

    exit_code = 69  # EX_UNAVAILABLE


class ContractError(ApplianceError):
    """A message does not match its JSON Schema."""


class BrokerError(ApplianceError):
    """The broker refused the box or cannot be reached."""

    exit_code = 69  # EX_UNAVAILABLE


class StorageError(ApplianceError):
    """A database cannot be used."""


class NewerSchemaError(StorageError):
    """A newer program has written the database; starting again does not help."""

    exit_code = 65  # EX_DATAERR


class ArchiveError(StorageError):
    """A file is no backup of this box, or is damaged."""

    exit_code = 65  # EX_DATAERR


class NobodyKnownError(ApplianceError):
    """A consent is for whoever sits there, and nobody is known to."""


class PolicyError(ApplianceError):
    """A learned policy is damaged, or was made for another model; the box goes on by the rules."""

    exit_code = 65  # EX_DATAERR


class LockError(ApplianceError):
    """A screen could not be locked, or shown a message; its page goes on alone."""


class DoorError(ApplianceError):
    """The running service refused what a command asked of it."""


class ServiceAwayError(ApplianceError):
    """A command needs the running service, and there is none or it does not answer."""

    exit_code = 69  # EX_UNAVAILABLE


class NoServiceError(ServiceAwayError):
    """No service runs here at all, so a command may do without one."""


class PagesError(ApplianceError):
    """The pages cannot be served, or are served no more."""

    exit_code = 69  # EX_UNAVAILABLE


class MissingProgramError(ApplianceError):
    """Another program is needed; the message says how to install it."""

    exit_code = 69  # EX_UNAVAILABLE
