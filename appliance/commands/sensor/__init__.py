"""Commands of a sensor."""
