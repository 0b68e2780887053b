"""What other systems may ask about accounts, and about the files that they have stored."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from fourfold.contracts.core import FileFacts
from fourfold.core.accounts.credentials import PHONE, international
from fourfold.core.accounts.queries import (
    addresses_of_people,
    existing_ids,
    names_of_people,
    people_with_phone,
    person_with_proven_email,
)
from fourfold.core.files.queries import facts_of_files, ready_files_of
from fourfold.ground.db import transaction
from fourfold.ground.house import House


class NearAccounts:
    """Answers the port `Accounts` in this process."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def existing(self, tenant_id: UUID, account_ids: Sequence[UUID]) -> frozenset[UUID]:
        """Which of these accounts the tenant has, disabled ones included."""
        async with transaction(self._house.pool, tenant_id, read_only=True) as db:
            return await existing_ids(db, account_ids)

    async def names_of(self, tenant_id: UUID, account_ids: Sequence[UUID]) -> Mapping[UUID, str]:
        """What the people with these accounts are called, of those who may sign in."""
        async with transaction(self._house.pool, tenant_id, read_only=True) as db:
            return await names_of_people(db, account_ids)

    async def addresses_of(self, tenant_id: UUID, account_ids: Sequence[UUID]) -> Mapping[UUID, str]:
        """Where mail reaches the people with these accounts, of those who may sign in and have proven it."""
        async with transaction(self._house.pool, tenant_id, read_only=True) as db:
            return await addresses_of_people(db, account_ids)

    async def proven_by(self, tenant_id: UUID, email: str) -> UUID | None:
        """The account of the person who may sign in and has proven that this address is theirs."""
        async with transaction(self._house.pool, tenant_id, read_only=True) as db:
            return await person_with_proven_email(db, email.lower())

    async def proven_by_phone(self, tenant_id: UUID, number: str) -> frozenset[UUID]:
        """The accounts of the people who may sign in and have proven that this number, with its country, is theirs."""
        try:
            whole = international(number)
        except ValueError:
            # Looked for all the same: how long it takes does not tell what is a number.
            whole = number
        async with transaction(self._house.pool, tenant_id, read_only=True) as db:
            key = await self._house.sealer.blind(db, tenant_id, PHONE.place, whole)
            return await people_with_phone(db, key)


class NearFiles:
    """Answers the port `Files` in this process."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def stored_by(self, tenant_id: UUID, account_id: UUID, file_ids: Sequence[UUID]) -> frozenset[UUID]:
        """Which of these are files that the account has stored, ready to be shown."""
        async with transaction(self._house.pool, tenant_id, read_only=True) as db:
            return await ready_files_of(db, account_id, file_ids)

    async def facts_of(self, tenant_id: UUID, account_id: UUID, file_ids: Sequence[UUID]) -> Mapping[UUID, FileFacts]:
        """What is known of those of these files that the account has stored."""
        async with transaction(self._house.pool, tenant_id, read_only=True) as db:
            return await facts_of_files(db, account_id, file_ids)
