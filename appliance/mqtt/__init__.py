"""The contract with terminals and teachers, over MQTT."""
