"""Status codes of a C-STORE response (Appendix B, Table 18)."""

from enum import IntEnum


class Code(IntEnum):
    """What the node answers; `meaning` is what people are told."""

    meaning: str

    def __new__(cls, value: int, meaning: str) -> "Code":
        """Keep the meaning with the number."""
        code = int.__new__(cls, value)
        code._value_ = value
        code.meaning = meaning
        return code

    SUCCESS = 0x0000, "stored"
    NOT_SAVED = 0xA700, "could not be saved in the database"
    PATIENT_LOCKED = 0xA701, "the patient is locked"
    NOT_LICENSED = 0xA702, "needs a feature that is not licensed"
    OTHER_CLASS = 0xA900, "the data set does not match its SOP class"
    INVALID_MESSAGE = 0xA901, "the data set breaks the DICOM standard"
    BEAM_SEQUENCE = 0xA902, "the Beam Sequence is invalid"
    DOSE_REFERENCES = 0xA903, "the Dose Reference Sequence is invalid"
    TOLERANCE_TABLES = 0xA904, "the Tolerance Table Sequence is invalid"
    PATIENT_SETUPS = 0xA905, "the Patient Setup Sequence is invalid"
    FRACTION_GROUPS = 0xA906, "the Fraction Group Sequence is invalid"
    ELEMENTS_COERCED = 0xB000, "stored, with values changed"
    ELEMENTS_DISCARDED = 0xB006, "stored, with elements left out"
    FOREIGN_ELEMENTS = 0xB007, "stored, though elements do not belong to the SOP class"
    NO_PATIENT = 0xC001, "patient identification is missing"
    OTHER_PATIENT = 0xC002, "patient data contradict what is stored"
    NO_MACHINE = 0xC003, "the treatment machine is not named"
    UNKNOWN_LINAC = 0xC004, "the linac is not known"
    ENERGY = 0xC005, "the linac has no such energy or radiation"
    DEVICE = 0xC006, "a beam limiting device is invalid"
    DEVICES_INCOMPLETE = 0xC007, "the beam limiting devices are incomplete"
    UNKNOWN_TRAY = 0xC008, "the block tray is not known"
    TRAYS_DIFFER = 0xC009, "the block trays differ"
    DOSIMETER_UNIT = 0xC00A, "the dosimeter unit is not supported"
    WEDGE = 0xC00B, "the wedge is not supported"
    WEDGE_POSITIONS = 0xC00C, "wedge positions are missing"
    APPLICATOR_WITH_PHOTONS = 0xC00D, "an applicator is specified with X-rays"
    APPLICATOR = 0xC00E, "the applicator is not supported"
    MLC_WITH_ELECTRONS = 0xC00F, "an MLC shape is specified with electrons"
    OUT_OF_RANGE = 0xC010, "a geometric parameter is out of range"
    MOVEMENT = 0xC011, "a movement is not supported"
    TOO_COMPLEX = 0xC012, "the beam is too complex"
    NO_WEIGHT = 0xC013, "a cumulative meterset weight is missing"
    SMALL_SEGMENT = 0xC014, "a segment has too few MU"
    BRACHYTHERAPY = 0xC015, "the plan contains brachytherapy"
    DELIVERY_TYPE = 0xC016, "the treatment delivery type is not supported"
    FRACTION_DOSIMETRY = 0xC017, "the fraction dosimetry is not supported"
    TOLERANCES_DIFFER = 0xC018, "the tolerance table contradicts the one of the console"
    LEAVES = 0xC019, "the MLC shape is invalid"
    ENERGY_CHANGES = 0xC01A, "energies are missing where the energy changes"
    UNTREATABLE = 0xC01B, "the dynamic field cannot be treated"

    @property
    def is_warning(self) -> bool:
        """Whether the plan is stored all the same."""
        return self.value >> 12 == 0xB

    @property
    def stored(self) -> bool:
        """Whether the plan is stored."""
        return self is Code.SUCCESS or self.is_warning

    def __str__(self) -> str:
        """Return the number as the statement prints it."""
        return f"{self.value:04X}"
