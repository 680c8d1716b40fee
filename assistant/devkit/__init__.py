"""The developer kit: a new skill from a template, its checks, scenarios with scripted time, a pytest plugin."""
