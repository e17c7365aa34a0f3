package import CKernels
internal import Foundation

/// The table of numeric kernels in use, see `CKernels.h`.
package struct Kernels: Sendable {
    // The tables are constants of the C module.
    package nonisolated(unsafe) let table: UnsafePointer<ck_kernels>

    /// The kernels of an instruction set; nil where this build or processor lacks it.
    package init?(_ isa: ck_isa) {
        guard let table = ck_kernels_for(isa) else { return nil }
        self.table = table
    }

    private init(table: UnsafePointer<ck_kernels>) { self.table = table }

    /// Name of the instruction set: `avx512vnni`, `avx2`, `neon` or `portable`.
    package var name: String { String(cString: table.pointee.name) }

    /// Every set of kernels this processor can run, from the plainest to the fastest.
    package static var available: [Kernels] {
        (CK_ISA_PORTABLE.rawValue...CK_ISA_AVX512VNNI.rawValue).compactMap { Kernels(ck_isa($0)) }
    }

    /// The best kernels for this processor, or those that `DRAGOMAN_ISA` names.
    /// - Throws: `.invalidRequest` where `DRAGOMAN_ISA` names none that can run here.
    package static func selected(
        by environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws -> Kernels {
        guard let wish = environment["DRAGOMAN_ISA"], !wish.isEmpty else { return Kernels(table: ck_kernels_best()) }
        guard let kernels = available.first(where: { $0.name == wish }) else {
            let names = available.map(\.name).joined(separator: ", ")
            throw InferenceError(
                .invalidRequest,
                "DRAGOMAN_ISA is '\(wish)'; this machine runs \(names)."
            )
        }
        return kernels
    }
}
