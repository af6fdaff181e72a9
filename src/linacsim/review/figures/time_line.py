"""What the delivery does when: beam, motion, holds."""

from typing import TYPE_CHECKING

from linacsim.review.figures.subject import Subject
from linacsim.review.metrics import PhaseKind

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLOURS = {
    PhaseKind.LEAD_IN: "#b8c0c8",
    PhaseKind.BEAM: "#0072b2",
    PhaseKind.MOTION: "#56b4e9",
    PhaseKind.CARRIAGE: "#009e73",
    PhaseKind.WAIT: "#e69f00",
    PhaseKind.HOLD: "#d55e00",
    PhaseKind.INTERRUPT: "#000000",
    PhaseKind.TAIL: "#b8c0c8",
}
STOPS = (PhaseKind.HOLD, PhaseKind.INTERRUPT)
MOST_LABELS = 10


def draw_time_line(figure: "Figure", subject: Subject) -> None:
    """Draw a lane for each kind that occurs, with its whole time; long holds with their lengths."""
    metrics = subject.metrics
    kinds = [kind for kind in PhaseKind if any(phase.kind is kind for phase in metrics.phases)]
    panel = figure.subplots()
    for lane, kind in enumerate(reversed(kinds)):
        spans = [(p.start_s, p.length_s) for p in metrics.phases if p.kind is kind]
        panel.broken_barh(
            spans, (lane - 0.36, 0.72), color=COLOURS[kind], edgecolor=COLOURS[kind], linewidth=0.8
        )
        if kind in STOPS and len(spans) <= MOST_LABELS:
            for start_s, length_s in spans:
                panel.annotate(
                    f"{length_s:.2f} s",
                    (start_s + length_s / 2, lane + 0.38),
                    ha="center",
                    va="bottom",
                    fontsize=7,
                    annotation_clip=False,
                )
    whole = {kind: sum(p.length_s for p in metrics.phases if p.kind is kind) for kind in kinds}
    labels = [f"{kind.value}  {whole[kind]:.2f} s" for kind in reversed(kinds)]
    panel.set_yticks(range(len(kinds)), labels)
    panel.set_ylim(-0.6, len(kinds) - 0.2)
    panel.set_xlim(0, max(metrics.times.wall_s, 0.02))
    panel.grid(visible=True, axis="x", color="#e0e0e0", linewidth=0.6)
    panel.set_axisbelow(True)
    panel.spines[["top", "right", "left"]].set_visible(False)
    panel.tick_params(axis="y", length=0)
    panel.set_xlabel("time [s]")
