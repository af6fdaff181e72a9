"""Elements in document order with their names, texts and numbers of children in lists."""

from lxml.etree import _Element as Element


class Chunk:
    """Some elements that follow one another in the document."""

    def __init__(self, elements: list[Element]) -> None:
        """List what the elements hold."""
        self.elements = elements
        self.names = [element.tag for element in elements]
        self.counts = [len(element) for element in elements]
        """Children of each element."""
        self.texts = [element.text for element in elements]
        self._tails = [element.tail for element in elements]
        self._has_tails = self._tails.count(None) < len(elements)

    def are_alike(self, one: slice, other: slice) -> bool:
        """Return whether two parts have the same elements, nested the same way."""
        return self.names[one] == self.names[other] and self.counts[one] == self.counts[other]

    def has_tails(self, where: slice) -> bool:
        """Return whether text stands behind any element of a part."""
        return self._has_tails and any(self._tails[where])
