namespace Slipway.Groovy.Parsing;

/// <summary>
/// The stable ids of what a lexer or parser can find wrong. GRV0xx: characters and literals; GRV1xx: statements and expressions; GRV2xx: declarations;
/// GRV9xx: limits. An id is never given to another fault.
/// </summary>
internal static class Codes
{
    public const string UnexpectedCharacter = "GRV001";
    public const string TypographicCharacter = "GRV002";
    public const string UnclosedString = "GRV003";
    public const string UnclosedComment = "GRV004";
    public const string BadEscape = "GRV005";
    public const string BadDollar = "GRV006";
    public const string BadNumber = "GRV007";

    public const string UnexpectedToken = "GRV100";
    public const string MissingExpression = "GRV101";
    public const string MissingSeparator = "GRV102";
    public const string NotClosed = "GRV103";
    public const string ClosesNothing = "GRV104";
    public const string EndOfStatement = "GRV105";
    public const string StrayClause = "GRV106";
    public const string AmbiguousBlock = "GRV107";
    public const string NotAssignable = "GRV108";
    public const string MixedMap = "GRV109";
    public const string NotInGroovy24 = "GRV110";
    public const string MissingHandler = "GRV111";
    public const string LabelNeedsParentheses = "GRV112";
    public const string MapAsIndex = "GRV113";
    public const string ClosureBehindString = "GRV114";

    public const string MisplacedDeclaration = "GRV200";
    public const string MissingName = "GRV201";
    public const string MissingType = "GRV202";
    public const string StrayAnnotation = "GRV203";
    public const string MissingBody = "GRV204";
    public const string DuplicateModifier = "GRV205";

    public const string TooDeep = "GRV900";
    public const string TooManyFaults = "GRV901";
    public const string TooLong = "GRV902";
}
