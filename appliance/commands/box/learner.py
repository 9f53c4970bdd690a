"""Whether the configured learner can be used with the models of a box."""

from appliance.errors import ModelLoadError
from appliance.inference.library import ModelLibrary
from appliance.service.models import fusion_model
from appliance.service.policy.build import start_configured
from appliance.settings.tree import Settings


def try_learner(settings: Settings) -> None:
    """Load the configured learner, another than ``rules``, as the service does.

    Where the fusion model is missing nothing is tried: that is a problem of the models.

    Raises:
        PolicyError: Its artifact cannot be used; the message names the file and the next step.
        MissingProgramError: What it learns with is not installed.
    """
    library = ModelLibrary(settings.box.models_dir, lanes=1)
    try:
        fusion = library.spec(fusion_model(settings)).digest
    except ModelLoadError:
        return
    start_configured(settings.policy, fusion=fusion)
