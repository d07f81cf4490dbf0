"""Layers as users write them, each with one fault, and the sentence that names it."""

import copy

import numpy as np
import pytest
from faulty_contracts import (
    AlwaysDraws,
    AlwaysFollows,
    AlwaysNoise,
    BatchMean,
    Constant,
    FewerSamples,
    FlatDx,
    Float32Dx,
    Float32Output,
    Float64Dx,
    Float64Gradient,
    Float64Mean,
    Float64Output,
    ForgetsBias,
    ForgetsConfig,
    HoldsOwn,
    InDeque,
    InferenceCache,
    InferenceNaN,
    InferenceShape,
    InNested,
    InObject,
    InSet,
    KeptAsText,
    KeptChanged,
    LateWeights,
    Logarithm,
    MemoryOrder,
    MemoryOrderBack,
    Mismatch,
    NonNeg,
    NoSuper,
    NothingReturned,
    OwnConfig,
    OwnParameter,
    OwnStream,
    Penalty,
    RemembersBatch,
    RemembersBatchBack,
    RemembersOutput,
    RemembersSum,
    Squeezes,
    Undeclared,
    Unkept,
    WrongShape,
)
from faulty_gradients import (
    Added,
    AllButLast,
    CachedInClass,
    CachedOnce,
    CachedOutput,
    ChangesDy,
    ChangesX,
    ClipsItself,
    Counts,
    DividedByBatch,
    EarlyReturn,
    FirstRow,
    KeptInverse,
    KeptView,
    LearnsItself,
    Locked,
    LocksLate,
    MeanForSum,
    NearZero,
    NoDerivative,
    NoMeanPath,
    NotFinite,
    NotTransposed,
    OneBuffer,
    OneBufferBack,
    OneSign,
    OtherSign,
    OwnFunction,
    OwnFunctions,
    OwnNoise,
    PopsCache,
    SpoilsCache,
    Transposed,
    Unwritten,
    WrongFactor,
    WrongSign,
)
from healthy_layers import HEALTHY

from minidl.errors import GradientError, MinidlError
from minidl.gradient_check import check_layer
from minidl.layers import Layer


@pytest.mark.parametrize("layer", HEALTHY, ids=repr)
@pytest.mark.parametrize("features", [1, 3, 4])
def test_healthy_layers_raise_no_alarm(layer: Layer, features: int) -> None:
    for seed in range(5):
        check_layer(layer, (features,), seed=seed)
    layer = copy.deepcopy(layer)
    layer(np.ones((7, features)))
    check_layer(layer, (features,))


FAULTS: list[tuple[Layer, str]] = [
    # wrong gradients
    (WrongFactor(), r"dx\[\d, \d\] is .*: it is 1.500 times too small$"),
    (MeanForSum(), "dbias.* averaged over the batch where it must be summed"),
    (DividedByBatch(), "dkernel.* averaged over the batch where it must be summed"),
    (Transposed(4), r"dkernel.* it is transposed"),
    (NotTransposed(4), r"dx.*: it needs kernel\.T, and kernel was used as it is$"),
    (WrongSign(), "dx.* it has the wrong sign"),
    (NoDerivative(), r"dx.* it is dy, passed on without the derivative of forward\(\)"),
    (FirstRow(), "dkernel.* it counts only the first sample of the batch"),
    (AllButLast(), "dbias.* it leaves out the last sample of the batch"),
    (OneSign(), "dx.* it is right only where x is positive"),
    (OtherSign(), "dx.* it is right only where x is negative"),
    (NotFinite(), r"backward\(\) returned NaN or infinity"),
    (NearZero(), "for numbers 4 times as large: dx.* it is dy, passed on"),
    (Added(), "adds to the gradient of 'kernel' instead of assigning it"),
    (Unwritten(), "never written the gradient of 'bias'"),
    (NoMeanPath(), r"dx.* it is dy, passed on without the derivative"),
    (OwnNoise(), r"called twice .* gives something else the second time"),
    (EarlyReturn(), "dkernel is another one where needs_dx is False"),
    (KeptView(), r"kernel has no effect .* Use self\.kernel\.value itself"),
    (KeptInverse(), r"kernel has no effect .* Use self\.kernel\.value itself"),
    # what is kept
    (CachedOnce(), r"dx is another one after an earlier forward\(\) .* keep anew"),
    (CachedOutput(), r"something else after a forward\(\) of other samples"),
    (CachedInClass(), "dx is another one after .* another layer of this class"),
    (OneBuffer(), r"forward\(\) changed the y that it returned before"),
    (OneBufferBack(), r"backward\(\) changed the dx that it returned before"),
    (SpoilsCache(), r"must not change what forward\(\) kept"),
    (PopsCache(), r"called twice .* raised IndexError.*stay until the next forward"),
    (Counts(), r"something else for the same x.* keep nothing from call to call"),
    (OwnFunction(), "keeps a function in '_power' that uses self.* make it a method"),
    (OwnFunctions(), "keeps a function in '_powers' that uses self.* make it a method"),
    (Locked(), "cannot be copied, as fit must copy it: .*TypeError.*lock"),
    (LocksLate(), "'locks_late' cannot be copied, as fit must copy it: .*lock"),
    # what is changed
    (ChangesX(), r"forward\(\) changed x, the array it was given"),
    (ChangesDy(), r"backward\(\) changed dy, the array it was given"),
    (LearnsItself(), r"backward\(\) changed the value of 'kernel'.*the optimizer"),
    (ClipsItself(), r"forward\(\) changed the value of 'kernel'"),
    # batches
    (RemembersBatch(), r"for 3 samples after 5: forward.* ValueError.*len\(x\)"),
    (RemembersBatchBack(), r"for 3 samples after 5: dkernel.*1\.667 times too large"),
    (RemembersOutput(), r"for 3 samples after 5: forward.* \(5, 3\), .* \(3, 3\)"),
    (RemembersSum(), r"for 3 samples after 5: backward\(\) raised ValueError"),
    (
        FewerSamples(),
        r"for 3 samples after 5: forward\(\) must return an array.*len\(x\)",
    ),
    (Squeezes(), r"for one sample: .*shape \(3,\), but .* \(1, 3\).*squeeze"),
    (BatchMean(), "something else for a sample alone .* depend on its batch_size"),
    (MemoryOrder(), "another memory order, .* returns something else.* axes"),
    (MemoryOrderBack(), "another memory order, .*: dx is another one"),
    # inference
    (AlwaysFollows(), "while self.training is False, changes 'moving'"),
    (AlwaysNoise(), "while self.training is False, draws random numbers"),
    (AlwaysDraws(), "while self.training is False, draws random numbers"),
    (OwnStream(), "False, returns something else for the same x.* left to chance"),
    (InferenceNaN(), r"training is False: forward\(\) returned NaN or infinity"),
    (InferenceShape(), r"False: forward.*\(5, 2\), .* same shape, in training or not"),
    (InferenceCache(), r"False: backward\(\) raised .* in training or not"),
    # configuration and dtype
    (Unkept(), r"get_config\(\) raised TypeError.*self\.gain = gain"),
    (KeptChanged(), "makes a layer with units=12, where this one has 6"),
    (KeptAsText(), r"from_config\(get_config\(\)\) raised ValueError.*as it came"),
    (OwnConfig(), r"from_config\(get_config\(\)\) raised TypeError.*'features'"),
    (ForgetsBias(more=True), "made again from .* raised ShapeError: .* 2 weights"),
    (ForgetsConfig(gain=2.0), "made again .* neither a constructor argument nor"),
    (LateWeights(), "made again .* neither .* nor a declared parameter"),
    (Float64Output(), r"in a model of float32: forward.* returned float64.*self.dtype"),
    (Float64Dx(), r"in a model of float32: backward.* float64, but it must be float32"),
    (
        Float64Gradient(),
        r"float32: backward\(\) computes the grad of 'bias' in float64",
    ),
    (Float64Mean(), r"float32: forward\(\) computes the value of 'moving' in float64"),
    (
        Float32Output(),
        r"_output': forward\(\) returned float32, but it must be float64",
    ),
    (Float32Dx(), r"backward\(\) returned float32, but it must be float64"),
    (HoldsOwn(Penalty()), r"float32: backward\(\) returned float64, but it must be"),
    (
        HoldsOwn(NonNeg()),
        "is made with a NonNeg of yours, which .* give it another name",
    ),
    (OwnParameter(), r"has a parameter 'bias' of float64: .* self\.add_parameter"),
    # members and shapes
    (Undeclared(), r"keeps an array in 'gain' that it did not declare"),
    (InSet(), "declares the parameter 'offset' but does not keep it where it is found"),
    (InObject(), "keeps a layer in 'holder', a Holder, where it is not found"),
    (InDeque(), "keeps a layer in 'last', a deque, where it is not found"),
    (InNested(), "keeps a layer in 'holders', .* in lists, tuples and dicts alone"),
    (NoSuper(), r"NoSuper.__init__ does not call super\(\)"),
    (
        WrongShape(),
        r"shape \(5, 3\), but it must be \(5, 4\), as output_shape\(\) says",
    ),
    (NothingReturned(), r"forward\(\) must return an array, got None"),
    (Mismatch(), r"'mismatch': backward\(\) raised ValueError"),
    (FlatDx(), r"shape \(4,\), but it must be \(5, 4\), the shape of x"),
    (Logarithm(), r"NaN or infinity.* behind one that .* Sequential\(\[Softplus"),
    (Constant(), r"dx.*: x has no effect on what forward\(\) returns"),
]


@pytest.mark.parametrize(
    ("layer", "sentence"), FAULTS, ids=[type(layer).__name__ for layer, _ in FAULTS]
)
def test_a_planted_fault_is_named(layer: Layer, sentence: str) -> None:
    kinds = (TypeError, MinidlError) if layer.__class__ in OTHERS else GradientError
    with pytest.raises(kinds, match=sentence):
        check_layer(layer, (4,))


OTHERS = {Undeclared, NoSuper}  # refused as in a model, before there is a gradient
