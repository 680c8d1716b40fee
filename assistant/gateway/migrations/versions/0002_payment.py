"""Customers, subscriptions and events of Stripe"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("accounts") as batch:
        batch.add_column(sa.Column("stripe_customer", sa.String(length=100), nullable=True))
        batch.add_column(sa.Column("asked", sa.BigInteger(), nullable=False, server_default="0"))
        batch.add_column(sa.Column("applied", sa.BigInteger(), nullable=False, server_default="0"))
        batch.create_unique_constraint("accounts_stripe_customer_key", ["stripe_customer"])
    with op.batch_alter_table("subscriptions") as batch:
        batch.add_column(sa.Column("stripe_subscription", sa.String(length=100), nullable=False, server_default=""))
    op.create_table(
        "stripe_events",
        sa.Column("id", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=100), nullable=False),
        sa.Column("customer", sa.String(length=100), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("done_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_stripe_events_customer", "stripe_events", ["customer"])
    op.create_index("ix_stripe_events_received_at", "stripe_events", ["received_at"])
