"""Who decides on a box as it is configured, told without the service."""

from dataclasses import dataclass

from appliance.errors import MissingProgramError, ModelLoadError, PolicyError
from appliance.inference.library import ModelLibrary
from appliance.service.policy.build import start_configured
from appliance.service.policy.learning import KEY
from appliance.service.policy.standing import read_standing
from appliance.settings.tree import Settings
from appliance.storage.tables.choice_archive import ChoiceArchive

RULES = "rules"


@dataclass(frozen=True, slots=True, kw_only=True)
class WhoDecides:
    """Who has the last word."""

    version: str
    """Of the learner; ``rules`` where the rules decide alone."""

    refused: str = ""
    """Why the configured learner is not used; empty when it is, or when there is none."""

    drifted: tuple[str, ...] = ()
    """What was not any more what it had been, for which the box has gone back."""


def who_decides(settings: Settings, archive: ChoiceArchive) -> WhoDecides:
    """Read artifact and standing as the service does when it starts.

    Raises:
        StorageError: The database cannot be read.
    """
    if settings.policy.learner == RULES:
        return WhoDecides(version=RULES)
    try:
        fusion = ModelLibrary(settings.box.models_dir, lanes=1).spec("fusion").digest
        warm = start_configured(settings.policy, fusion=fusion).version
    except (PolicyError, ModelLoadError, MissingProgramError) as error:
        return WhoDecides(version=RULES, refused=str(error))
    saved = archive.checkpoint(KEY)
    standing = None if saved is None else read_standing(saved)
    if standing is None or standing.warm != warm:
        return WhoDecides(version=warm)
    return WhoDecides(version=standing.version or RULES, drifted=standing.drifted)
