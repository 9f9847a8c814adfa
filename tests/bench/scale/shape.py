"""How many of what, facility by facility: drawn from a seed, the same each time.

Facilities are as unequal as in France: a few university hospitals hold a large part of everything
(Zipf). The first facility is the witness: it has the mean size and the same first tender whatever
the size of the whole, so that what is measured there differs by the others only.
"""

import math
import random
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

ZIPF = 0.8
YEARS = 8
WITNESS_CANDIDATES, WITNESS_AGE = 5, 70
BIG_VENDORS = 12
"""Vendors that every facility knows, and that answer most of its tenders."""

CANDIDATE_CHANCES = {1: 4, 2: 10, 3: 18, 4: 20, 5: 18, 6: 12, 7: 8, 9: 5, 12: 3, 18: 1}
LOT_CHANCES = {1: 84, 2: 9, 3: 5, 5: 2}


class Stage:
    """Where a tender stands, by its age."""

    TO_PREPARE, PUBLISHED, ASSESSING, FINISHED = range(4)


@dataclass(frozen=True)
class Size:
    """What is asked for: that many assessments in all, of which the witness has its own number."""

    facilities: int
    assessments: int
    witness: int
    candidates: float = 5
    events: int = 10
    """Events of the journal an assessment has about its points, beside those of its own."""
    seed: int = 4

    @classmethod
    def of(cls, assessments: int, *, solutions: int = 600, **more: int) -> "Size":
        """Return the size of ``assessments`` in facilities of ``solutions`` on average.

        The witness has ``solutions`` too, even where the others are few and small.
        """
        facilities = max(2, math.ceil(assessments / solutions))
        return cls(facilities, assessments, min(solutions, assessments // 2), **more)


class TenderShape(NamedTuple):
    """One tender: its stage, its age in days, the number of candidates of each lot."""

    stage: int
    age: int
    lots: tuple[int, ...]


@dataclass(frozen=True)
class Counts:
    """How many rows a facility has in the tables that others refer to."""

    users: int = 0
    vendors: int = 0
    products: int = 0
    tenders: int = 0
    lots: int = 0
    checklists: int = 0
    candidacies: int = 0
    assessments: int = 0

    def plus(self, other: "Counts") -> "Counts":
        return Counts(*(a + b for a, b in zip(self.values(), other.values(), strict=True)))

    def values(self) -> tuple[int, ...]:
        return tuple(self.__dict__.values())


@dataclass(frozen=True)
class FacilityShape:
    """One facility: how many assessments it has, and the tenders that hold them."""

    number: int
    assessments: int
    seed: int
    is_witness: bool = False
    candidates: float = 5

    @property
    def chance(self) -> random.Random:
        """Chance of this facility, which starts again each time it is asked for."""
        return random.Random(f"{self.seed}/{self.number}")

    @cached_property
    def tenders(self) -> list[TenderShape]:
        """Oldest first: the identifiers rise with time, as they do in life."""
        chance, left = self.chance, self.assessments
        found = []
        if self.is_witness:
            found.append(self.witness_tender)
            left -= WITNESS_CANDIDATES
        while left > 0:
            lots = tuple(
                self._candidates(chance)
                for _ in range(chance.choices(*zip(*LOT_CHANCES.items(), strict=True))[0])
            )
            while sum(lots) > left:
                lots = lots[:-1] if len(lots) > 1 else (left,)
            age = int(chance.betavariate(1, 1.6) * YEARS * 365) + 45
            stage = Stage.ASSESSING if age < 200 + chance.randrange(250) else Stage.FINISHED
            found.append(TenderShape(stage, age + (age == WITNESS_AGE), lots))
            left -= sum(lots)
        for stage, part in ((Stage.PUBLISHED, 0.04), (Stage.TO_PREPARE, 0.03)):
            number = max(1, round(len(found) * part))
            found += [TenderShape(stage, chance.randrange(1, 60), (0,)) for _ in range(number)]
        return sorted(found, key=lambda tender: -tender.age)

    @property
    def witness_tender(self) -> TenderShape:
        """The one that is measured: nothing else of the witness looks like it."""
        return TenderShape(Stage.ASSESSING, WITNESS_AGE, (WITNESS_CANDIDATES,))

    def _candidates(self, chance: random.Random) -> int:
        drawn = chance.choices(*zip(*CANDIDATE_CHANCES.items(), strict=True))[0]
        return max(1, round(int(drawn) * self.candidates / 5))

    @cached_property
    def buyers(self) -> int:
        return 2 + self.assessments // 150

    @cached_property
    def products_of(self) -> list[int]:
        """How many products each vendor sells here, the big ones first."""
        most = max((max(tender.lots) for tender in self.tenders), default=1)
        number = max(BIG_VENDORS + 8, most + 4, self.assessments // 4)
        chance = random.Random(f"{self.seed}/{self.number}/vendors")
        return [
            chance.randint(3, 8) if n < BIG_VENDORS else chance.choice((1, 1, 1, 2))
            for n in range(number)
        ]

    @cached_property
    def counts(self) -> Counts:
        lots = sum(len(tender.lots) for tender in self.tenders)
        return Counts(
            users=self.buyers + len(SPECIALISTS),
            vendors=len(self.products_of),
            products=sum(self.products_of),
            tenders=len(self.tenders),
            lots=lots,
            checklists=lots,
            candidacies=self.assessments + 3 * self._published,
            assessments=self.assessments,
        )

    @property
    def _published(self) -> int:
        """Tenders whose candidates are registered and not assessed: three each."""
        return sum(tender.stage == Stage.PUBLISHED for tender in self.tenders)


SPECIALISTS = ("ciso", "dpo", "biomedical_engineer", "facility_admin", "reader")
"""One person each, in every facility."""


@dataclass(frozen=True)
class Whole:
    """Every facility of a size, with the identifiers from which each one counts."""

    size: Size
    facilities: list[FacilityShape] = field(default_factory=list)

    @classmethod
    def of(cls, size: Size) -> "Whole":
        return cls(size, _facilities(size))

    @cached_property
    def starts(self) -> list[Counts]:
        """How many rows the facilities before each one have."""
        found, so_far = [], Counts()
        for one in self.facilities:
            found.append(so_far)
            so_far = so_far.plus(one.counts)
        return found

    @property
    def total(self) -> Counts:
        return self.starts[-1].plus(self.facilities[-1].counts)


def _facilities(size: Size) -> list[FacilityShape]:
    """The witness with the mean size, the others by Zipf; together exactly what is asked for."""
    weights = [1 / (rank + 1) ** ZIPF for rank in range(size.facilities - 1)]
    left = size.assessments - size.witness
    parts = [max(1, int(left * weight / sum(weights))) for weight in weights]
    parts[0] += left - sum(parts)
    random.Random(size.seed).shuffle(parts)
    return [
        FacilityShape(number, part, size.seed, number == 0, size.candidates)
        for number, part in enumerate([size.witness, *parts])
    ]
