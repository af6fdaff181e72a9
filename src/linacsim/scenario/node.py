"""Joins the network node with the reader of plans and the file that configures it."""

from linacsim.dicom.desktop_pro.console import HEADS, Applicator, Console, Feature, Linac, Mask
from linacsim.dicom.desktop_pro.data import Elements
from linacsim.dicom.desktop_pro.database import Service
from linacsim.dicom.desktop_pro.node import Node, Surroundings
from linacsim.dicom.desktop_pro.settings import NodeSettings, Timeouts
from linacsim.dicom.desktop_pro.waiting import Say
from linacsim.formats.rtplan import whole_elements
from linacsim.scenario.node_keys import LinacKeys, NodeKeys


def elements_of(dicom: bytes) -> Elements:
    """Return a plan's elements. Raises InputError where it is cut off or nested too deeply."""
    return whole_elements(dicom, "the data set")


def start_node(keys: NodeKeys, service: Service, say: Say) -> Node:
    """Start the node that a configuration describes. Raises InputError, NotSaved."""
    console = console_of(keys)
    service.keep_tolerance_tables(console.tolerance_tables)
    return Node(settings_of(keys), console, service, Surroundings(say, elements_of))


def settings_of(keys: NodeKeys) -> NodeSettings:
    """Return the settings of a configuration."""
    times = keys.timeouts
    return NodeSettings(
        ae_title=keys.ae_title,
        host=keys.host,
        port=keys.port,
        max_pdu_bytes=keys.max_pdu_bytes,
        pending_associations=keys.pending_associations,
        when_full=keys.when_full,
        callers={
            caller.ae_title: frozenset(Mask(mask) for mask in caller.masks)
            for caller in keys.callers
        },
        any_caller=keys.any_caller,
        implementation_class_uid=keys.implementation_class_uid,
        implementation_version_name=keys.implementation_version_name,
        timeouts=Timeouts(times.acse_s, times.message_s, times.idle_s),
        max_message_bytes=keys.max_message_mb * 1024 * 1024,
    )


def console_of(keys: NodeKeys) -> Console:
    """Return the console of a configuration."""
    return Console(
        linacs=tuple(map(_linac, keys.linacs)),
        tolerance_tables={
            table.name: {
                **table.tolerances,
                **{f"{kind.lower()}_mm": value for kind, value in table.devices_mm.items()},
            }
            for table in keys.tolerance_tables
        },
        locked_patients=frozenset(keys.locked_patients),
        suppress_warnings=keys.suppress_warnings,
    )


def _linac(keys: LinacKeys) -> Linac:
    return Linac(
        name=keys.name,
        serial=keys.serial,
        head=HEADS[keys.head],
        photons_mv=frozenset(keys.photons_mv),
        electrons_mev=frozenset(keys.electrons_mev),
        features=frozenset(Feature(name) for name in keys.licences),
        trays=frozenset(keys.shadow_trays),
        applicators={one.id: Applicator(one.type, one.x_mm, one.y_mm) for one in keys.applicators},
        ranges={
            name.rpartition("_")[0]: (value.lower, value.upper)
            for name in type(keys.ranges).model_fields
            if (value := getattr(keys.ranges, name)) is not None
        },
        lowest_mu_per_min=keys.lowest_dose_rate_mu_per_min,
        gantry_deg_per_s=keys.gantry_deg_per_s,
        collimator_deg_per_s=keys.collimator_deg_per_s,
    )
