import CKernels
import Foundation
import Testing

@Suite struct InstructionSetTests {
    @Test func everyTableIsCompleteAndNamesItsInstructionSet() throws {
        for set in InstructionSet.available {
            let kernels = set.kernels
            #expect(kernels.isa == set.isa)
            let complete = Mirror(reflecting: kernels).children.allSatisfy { !"\($0.value)".hasPrefix("nil") }
            #expect(complete)
        }
        #expect(Set(InstructionSet.available.map(\.testDescription)).count == InstructionSet.available.count)
    }

    @Test func portableKernelsRunEverywhere() {
        #expect(InstructionSet.available.first?.isa == CK_ISA_PORTABLE)
    }

    @Test func bestTableIsTheMostDemandingAvailable() {
        #expect(ck_kernels_best().pointee.isa == InstructionSet.available.last?.isa)
    }

    @Test func unknownInstructionSetHasNoTable() {
        #expect(ck_kernels_for(ck_isa(rawValue: 99)) == nil)
    }

    #if os(Linux) && arch(x86_64)
        @Test func processorFlagsDecideWhichTablesExist() throws {
            let information = try String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)
            let flags = Set(information.split(whereSeparator: \.isWhitespace))
            let avx2 = flags.isSuperset(of: ["avx2", "fma"])
            let avx512 = flags.isSuperset(of: ["avx512f", "avx512bw", "avx512vl", "avx512dq", "avx512_vnni"])
            #expect((ck_kernels_for(CK_ISA_AVX2) != nil) == avx2)
            #expect((ck_kernels_for(CK_ISA_AVX512VNNI) != nil) == (avx2 && avx512))
            #expect(ck_kernels_for(CK_ISA_NEON) == nil)
        }
    #elseif arch(arm64)
        @Test func neonIsAlwaysThere() {
            #expect(ck_kernels_best().pointee.isa == CK_ISA_NEON)
        }
    #endif
}
