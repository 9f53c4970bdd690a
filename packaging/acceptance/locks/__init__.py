"""What frees a screen that Veyon has locked, when everything else is gone."""
