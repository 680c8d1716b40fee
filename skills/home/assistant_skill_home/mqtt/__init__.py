"""A home by way of an MQTT broker: what devices announce as Home Assistant's MQTT discovery describes it."""
