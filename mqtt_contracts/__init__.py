"""The MQTT contract: schemas, examples, broker configuration."""
