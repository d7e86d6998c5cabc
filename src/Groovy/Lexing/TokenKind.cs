namespace Slipway.Groovy.Lexing;

/// <summary>What a token is. The ranges matter: keywords lie between <see cref="FirstKeyword"/> and <see cref="LastKeyword"/>, types of the language inside them.</summary>
internal enum TokenKind : byte
{
    EndOfFile,

    /// <summary>A character that starts no token; the lexer has reported it.</summary>
    Bad,

    Identifier,
    IntegerLiteral,
    DecimalLiteral,

    /// <summary>A string without values in it, whatever its quotes.</summary>
    String,

    /// <summary>The text of a string up to its first value. The value's tokens follow: <c>{ … }</c>, or a name with dots.</summary>
    GStringStart,
    GStringMiddle,
    GStringEnd,

    // keywords
    As,
    Assert,
    Break,
    Case,
    Catch,
    Class,
    Const,
    Continue,
    Def,
    Default,
    Do,
    Else,
    Enum,
    Extends,
    Finally,
    For,
    Goto,
    If,
    Implements,
    Import,
    In,
    InstanceOf,
    Interface,
    New,
    Package,
    Return,
    Super,
    Switch,
    This,
    Throw,
    Throws,
    Trait,
    Try,
    While,
    True,
    False,
    Null,

    // modifiers
    Abstract,
    Final,
    Native,
    Private,
    Protected,
    Public,
    Static,
    StrictFp,
    Synchronized,
    ThreadSafe,
    Transient,
    Volatile,

    // types of the language
    Boolean,
    Byte,
    Char,
    Double,
    Float,
    Int,
    Long,
    Short,
    Void,

    // punctuation
    LeftParen,
    RightParen,
    LeftBracket,
    RightBracket,
    LeftBrace,
    RightBrace,
    Comma,
    Semicolon,
    Colon,
    Question,
    Elvis,
    Arrow,
    At,
    Dot,
    SafeDot,
    SpreadDot,
    MethodPointer,
    Range,
    RangeExclusive,
    Ellipsis,

    // assignment
    Assign,
    PlusAssign,
    MinusAssign,
    StarAssign,
    DivideAssign,
    ModuloAssign,
    PowerAssign,
    ShiftLeftAssign,
    ShiftRightAssign,
    ShiftRightUnsignedAssign,
    AndAssign,
    OrAssign,
    XorAssign,

    // operators
    Plus,
    Minus,
    Star,
    Slash,
    Percent,
    StarStar,
    PlusPlus,
    MinusMinus,
    Not,
    Tilde,
    Equal,
    NotEqual,
    Identical,
    NotIdentical,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Compare,
    Find,
    Match,
    And,
    Or,
    Ampersand,
    Bar,
    Caret,
    ShiftLeft,
    ShiftRight,
    ShiftRightUnsigned,

    FirstKeyword = As,
    LastKeyword = Void,
    FirstModifier = Abstract,
    LastModifier = Volatile,
    FirstBuiltInType = Boolean,
    LastBuiltInType = Void,
    FirstAssignment = Assign,
    LastAssignment = XorAssign,
}

internal static class TokenKinds
{
    public static bool IsKeyword(this TokenKind kind) => kind is >= TokenKind.FirstKeyword and <= TokenKind.LastKeyword;

    public static bool IsModifier(this TokenKind kind) => kind is >= TokenKind.FirstModifier and <= TokenKind.LastModifier;

    public static bool IsBuiltInType(this TokenKind kind) => kind is >= TokenKind.FirstBuiltInType and <= TokenKind.LastBuiltInType;

    public static bool IsAssignment(this TokenKind kind) => kind is >= TokenKind.FirstAssignment and <= TokenKind.LastAssignment;

    public static bool IsNameOrKeyword(this TokenKind kind) => kind == TokenKind.Identifier || kind.IsKeyword();
}
