internal import CKernels

/// How a linear layer's weights are cut for the kernels.
struct LinearLayout {
    let outputs: Int
    let inputs: Int

    private static let panel = Int(CK_PANEL)

    var panels: Int { (outputs + Self.panel - 1) / Self.panel }
    /// Outputs rounded up to whole panels; also the length of bias, scale and sums.
    var paddedOutputs: Int { panels * Self.panel }
    /// Inputs rounded up to a multiple of 4, as the s8 kernel reads them.
    var paddedInputs: Int { (inputs + 3) / 4 * 4 }

    /// The output rows of each panel.
    var panelRows: [Range<Int>] {
        (0..<panels).map { $0 * Self.panel..<min(($0 + 1) * Self.panel, outputs) }
    }
}
