"""What an invariant is: a sentence that is always true, and the statement that finds where it is not."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Invariant:
    """`offenders` is a SELECT of the rows that break it; it may ask `$1`: before then, everything has come to rest.

    What is done in the background, such as mails and papers, is only missed when its cause is older than that.
    """

    name: str
    offenders: str
