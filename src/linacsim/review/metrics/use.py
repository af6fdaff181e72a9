"""How much the MLC does."""

from linacsim.review.metrics.records import AxisMetrics, MlcUse, Phase, PhaseKind


def mlc_use(axes: tuple[AxisMetrics, ...], phases: tuple[Phase, ...]) -> MlcUse:
    """Return the use of leaves and carriages."""
    leaves = [axis for axis in axes if axis.name.startswith("leaf")]
    carriages = [axis for axis in axes if axis.name.startswith("carriage")]
    busiest = max(leaves, key=lambda leaf: leaf.travel, default=None)
    return MlcUse(
        moving_leaves=sum(leaf.moves for leaf in leaves),
        leaf_travel_cm=sum(leaf.travel for leaf in leaves),
        busiest_leaf=busiest.name if busiest and busiest.travel else "",
        reversals=sum(leaf.reversals for leaf in leaves),
        carriage_travel_cm=sum(carriage.travel for carriage in carriages),
        carriage_moves=sum(phase.kind is PhaseKind.CARRIAGE for phase in phases),
    )
