"""What alembic runs: the connection comes from node.migrate, already inside its transaction."""

from alembic import context

from node.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transaction_per_migration=False,
    render_as_batch=True,
)
context.run_migrations()
