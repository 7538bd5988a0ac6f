"""The errors a user sees: one sentence that says what is wrong and what to do."""


class GraphkitError(Exception):
    """Base of every error that graphkit raises on purpose; ``exit_code`` is what the command line ends with."""

    exit_code = 1


class InputError(GraphkitError):
    """A source file that cannot be read as a table; names file, line and column where they are known."""

    exit_code = 3


class CaseError(GraphkitError):
    """A case folder that is missing, of another version, locked or half-written."""

    exit_code = 4


class NotFoundError(GraphkitError):
    """A finding, party, vehicle, cluster, detector or query that this case does not have."""

    exit_code = 5


class StoreError(GraphkitError):
    """The graph store cannot be started, reached or asked."""

    exit_code = 6


class QueryError(GraphkitError):
    """A query file or its parameters do not hold together."""

    exit_code = 7
