"""How much is asked: the same questions on a city, and on a corner of one."""

import dataclasses


@dataclasses.dataclass
class Sizes:
    questions: tuple
    runs: int
    budget_s: float  # a contender that has taken this long for one question is not asked again
    batch: tuple  # buildings
    real: bool  # whether Liechtenstein's tiles are made too
    cells: int  # cells that share borders
    tiles_per_zoom: int  # that the gates look at
    serving: int  # buildings that are served and imported
    cold: int  # buildings of the cold-tile question
    addresses: int  # tiles asked for
    warm_s: int  # of load, each time
    growth: tuple  # buildings
    scale: float  # SpatialBench's scale factor


FULL = Sizes(
    questions=("import", "serving", "page", "batch", "borders", "cold", "warm", "inside", "spatialbench", "growth"),
    runs=5, budget_s=300, batch=(200_000, 1_000_000), real=True, cells=10_000, tiles_per_zoom=24, serving=1_000_000, cold=1_000_000, addresses=200, warm_s=5,
    growth=(10_000, 100_000, 1_000_000, 10_000_000), scale=1,
)
# Without the criterion benches, which have their own sizes, and without the page, whose browser takes its time whatever the city.
QUICK = Sizes(
    questions=("import", "serving", "batch", "borders", "cold", "warm", "spatialbench", "growth"),
    runs=3, budget_s=6, batch=(10_000,), real=False, cells=400, tiles_per_zoom=3, serving=20_000, cold=20_000, addresses=12, warm_s=1,
    growth=(1_000, 10_000), scale=0.01,
)
