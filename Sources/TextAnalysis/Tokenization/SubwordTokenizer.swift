/// Cuts text into the subword pieces a translation model was trained on, and puts pieces together again.
///
/// Implementations may be used from any number of threads at once.
public protocol SubwordTokenizer: Sendable {
    /// The subword pieces of `text`, in order, as the model's vocabulary spells them.
    ///
    /// Characters the model does not know come out as pieces that are not in its vocabulary, or as byte pieces
    /// `<0xNN>` where it has these.
    /// - Throws: `TextAnalysisError` if the text is longer than the tokenizer accepts.
    func pieces(of text: String) throws -> [String]

    /// The text that `pieces` spell.
    ///
    /// Never loses text: a piece that the model does not know is spelled out. Runs of byte pieces are joined to UTF-8;
    /// what is not valid UTF-8 becomes U+FFFD.
    func text(from pieces: [String]) throws -> String
}
