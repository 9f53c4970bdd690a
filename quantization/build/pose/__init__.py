"""The landmark models: their forms, and how they learn eight bits."""
