"""Run by Alembic with the connection that the gateway hands over."""

from alembic import context

from assistant.gateway.models import Base

context.configure(
    connection=context.config.attributes["connection"], target_metadata=Base.metadata, render_as_batch=True
)
with context.begin_transaction():
    context.run_migrations()
