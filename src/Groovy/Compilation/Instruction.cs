namespace Slipway.Groovy.Compilation;

/// <summary>What the evaluator can do. The comment shows the operand stack before and after; the top is on the right.</summary>
internal enum Op : ushort
{
    Const,              // → constant[A]
    Null,               // → null
    True,
    False,
    Pop,                // a →
    Dup,                // a → a a
    DupX1,              // a b → b a b
    DupX2,              // a b c → c a b c
    Dup2,               // a b → a b a b
    Swap,               // a b → b a

    LoadLocal,          // → local[A]
    StoreLocal,         // a →
    LoadCell,           // as LoadLocal, through the cell in local[A]
    StoreCell,
    DeclareCell,        // a → ; a new cell in local[A]
    LoadCapture,        // → capture[A]
    StoreCapture,
    LoadTopLevel,       // → the script's shared variable constant[A]
    StoreTopLevel,
    LoadThis,
    LoadSelf,           // → the running closure

    LoadName,           // → what the name constant[A] means here; B: TypeRef constant to fall back to, or -1
    StoreName,          // a →
    LoadClass,          // → class of TypeRef constant[A]

    GetProperty,        // target → value; name constant[A]
    GetNamedProperty,   // target name → value
    SetProperty,        // target value →
    SetNamedProperty,   // target name value →
    GetField,           // target → value; past any getter
    SetField,           // target value →
    SpreadProperty,     // targets name → list
    GetSuperProperty,   // → value; name constant[A]
    GetIndex,           // target index → value
    SetIndex,           // target index value →
    TupleItem,          // list → list[A], null where it is too short

    Call,               // target args… → result; CallSite constant[A]
    CallNamed,          // target name args… → result
    CallFree,           // args… → result; no target: looked up from here
    CallValue,          // function args… → result; the value itself is called
    CallSuper,          // args… → result
    CallSpread,         // targets args… → list
    CallSuperConstructor, // args… → ; A: CallSite, B: 1 for this(…)
    InitializeFields,   // →; runs the class' field initializers on this
    ApplyProperties,    // map → ; sets properties of this
    New,                // args… → object; CallSite constant[A], TypeRef constant[B]
    NewAnonymous,       // args… → object; CallSite constant[A], ClassCode constant[B]
    NewEnumConstant,    // args… → object; CallSite constant[A], EnumConstantCode constant[B]
    NewArray,           // sizes… → array; TypeRef constant[A], B sizes, C written ranks
    MakeArray,          // list → array of element TypeRef constant[A]

    Add, Subtract, Multiply, Divide, Modulo, Power,
    BitAnd, BitOr, BitXor, ShiftLeft, ShiftRight, ShiftRightUnsigned,
    Equal, NotEqual, Identical, NotIdentical, Less, LessOrEqual, Greater, GreaterOrEqual, Compare,
    Find, Match,
    IsCase,             // label subject → bool
    InstanceOf,         // a → bool; TypeRef constant[A]
    Not, Negate, Plus, BitNot, Increment, Decrement,
    Truth,              // a → bool

    Jump,               // to A
    JumpBack,           // to A, an earlier place: counts as work
    JumpIfTrue,         // a →
    JumpIfFalse,        // a →
    JumpIfNullKeep,     // a → a ; jumps where it is null
    JumpIfTrueKeep,     // a → a or nothing: jumps with a where it is true, else drops it
    JumpIfSupplied,     // where parameter A was passed, jump to B

    // Fused: a comparison of ints, or whatever the general one does, and a jump.
    JumpIfNotLess, JumpIfNotLessOrEqual, JumpIfNotGreater, JumpIfNotGreaterOrEqual, JumpIfNotEqual, JumpIfEqual, // a b →

    AddLocalConst,      // → local[A] + constant[B]
    IncrementLocal,     // local[A]++ without a value

    MakeList,           // A items → list
    ListAdd,            // list item → list
    ListSpread,         // list items → list
    MakeMap,            // A pairs → map
    MapPut,             // map key value → map
    MapSpread,          // map other → map
    MakeRange,          // from to → range; A: 1 for exclusive
    MakeGString,        // values… → string; strings constant[A], B values
    MakeClosure,        // → closure; FunctionCode constant[A]
    MethodPointer,      // target name → closure
    Cast,               // a → a; TypeRef constant[A]
    As,                 // a → a; TypeRef constant[A]

    Iterator,           // items → iterator
    Next,               // → item; iterator in local[A]; jumps to B at the end

    Return,             // a →
    Throw,              // a →
    SetPending,         // local[A] = B: what follows when the finally block is through
    JumpIfPending,      // where local[A] is C, jump to B
    RethrowPending,     // where local[A] says so, throws local[A + 1]

    AssertBegin,        // local[A] = a new record of values
    AssertRecord,       // a → a; remembered in local[A] for offset B
    AssertFail,         // message → ; A: record local, B: AssertCode constant
    Invalid,            // constant[A]: why this cannot be run
}

/// <summary>One instruction; what its operands mean stands at its <see cref="Op"/>.</summary>
internal struct Instruction
{
    public Op Op;
    public ushort C;
    public int A;
    public int B;

    public override readonly string ToString() => $"{Op} {A} {B} {C}";
}
