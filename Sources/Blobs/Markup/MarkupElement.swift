/// An element of an XML document, without attributes, comments and name-space prefixes.
package struct MarkupElement: Equatable, Sendable {
    /// The name after its prefix.
    package var name: String
    /// All character data directly in the element, as one text.
    package var text = ""
    package var children: [MarkupElement] = []

    /// The text of the first child of that name; nil where there is none.
    package subscript(_ name: String) -> String? { children.first { $0.name == name }?.text }

    /// Every child of that name.
    package func all(_ name: String) -> [MarkupElement] { children.filter { $0.name == name } }

    /// Text made fit to stand in an element.
    package static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }
}

/// A document that is no XML, or more than a store's answer can be.
package struct MarkupFailure: Error, Equatable {
    /// In words that complete "the answer ".
    package let reason: String

    package init(_ reason: String) { self.reason = reason }
}
