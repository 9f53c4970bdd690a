"""Who somebody is, told from what the learned policy would keep of the fusion."""
