"""Splits by scenario, stratified over labels and channels.

References
----------
Sechidis, Tsoumakas and Vlahavas (2011). On the Stratification of Multi-Label Data. ECML PKDD.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence


def stratified_split(
    strata: Sequence[Sequence[str]], groups: Sequence[str], shares: Mapping[str, float], seed: int = 0
) -> list[str]:
    """Assign rows to splits so that every stratum keeps about its share in each, and no group is torn.

    Iterative stratification: the rarest stratum left is dealt out first, each group to the split that lacks most of it.

    Parameters
    ----------
    strata : sequence of sequences of str, length n
        Labels, channel and whatever else must be spread, row by row.
    groups : sequence of str, length n
        Scenario of each row.
    shares : mapping of str to float
        Share of each split; they sum to 1.
    seed : int, default 0
        Seed of the order and of ties.

    Returns
    -------
    list of str, length n
        Split of each row.
    """
    rng = random.Random(seed)
    members: dict[str, list[int]] = defaultdict(list)
    for i, group in enumerate(groups):
        members[group].append(i)
    counts = {g: Counter(s for i in rows for s in strata[i]) for g, rows in members.items()}
    totals = Counter(s for row in strata for s in row)
    lacking = {(split, s): totals[s] * share for split, share in shares.items() for s in totals}
    room = {split: len(strata) * share for split, share in shares.items()}
    waiting = sorted(members)
    rng.shuffle(waiting)
    assigned: dict[str, str] = {}
    while waiting:
        left = Counter(s for g in waiting for s in counts[g].elements())
        rarest = min(left, key=lambda s: (left[s], s)) if left else None
        turn = [g for g in waiting if rarest is None or counts[g][rarest]]
        for group in turn:
            best = max(shares, key=lambda split: (lacking.get((split, rarest or ""), 0.0), room[split], rng.random()))
            assigned[group] = best
            room[best] -= len(members[group])
            for stratum, n in counts[group].items():
                lacking[best, stratum] -= n
        done = set(turn)
        waiting = [g for g in waiting if g not in done]
    return [assigned[group] for group in groups]
