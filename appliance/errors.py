"""Every deliberate error of the box.

::

    ApplianceError
    ├── ConfigError            exit 78  the configuration is wrong; one line per problem
    ├── ModelLoadError         exit 65  a model file is missing, altered or cannot be compiled
    ├── ShapeError                      an array does not have the promised shape
    ├── InferenceError                  a run time failed or overran on one request
    │   └── StuckEngineError exit 70    a request never ended; only a new process helps
    ├── CameraError                     a feed could not be opened or read; it is retried
    ├── ContractError                   a message does not match its JSON Schema
    ├── BrokerError                     the broker refused or cannot be reached
    ├── StorageError                    the database cannot be used
    ├── DoorError                       the running service refused what a command asked
    ├── ServiceAwayError       exit 69  a command needs the running service, and there is none
    │   └── NotAdmittedError   exit 69  there may be one, and its door is closed to this user
    └── MissingProgramError    exit 69  another program is needed, which is said
"""

from typing import ClassVar


class ApplianceError(Exception):
    """Base of all deliberate errors; the message is meant for the operator."""

    exit_code: ClassVar[int] = 1
    """Exit status of ``classbox`` when nothing caught the error (sysexits.h)."""


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


class ContractError(ApplianceError):
    """A message does not match its JSON Schema."""


class BrokerError(ApplianceError):
    """The broker refused the box or cannot be reached."""


class StorageError(ApplianceError):
    """A database cannot be used."""


class DoorError(ApplianceError):
    """The running service refused what a command asked of it."""


class ServiceAwayError(ApplianceError):
    """A command needs the running service, and there is none or it does not answer."""

    exit_code = 69  # EX_UNAVAILABLE


class NotAdmittedError(ServiceAwayError):
    """A service may be running, and this user may not ask it."""


class MissingProgramError(ApplianceError):
    """Another program is needed; the message says how to install it."""

    exit_code = 69  # EX_UNAVAILABLE
