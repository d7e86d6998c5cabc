using Slipway.Groovy.Syntax;
using Slipway.Jenkinsfile.Declarative.Model;
using Slipway.Jenkinsfile.Lint;

namespace Slipway.Jenkinsfile.Declarative.Validation;

internal readonly record struct Fault(string Code, string Message);

/// <summary>The faults of one script, in the order found.</summary>
internal sealed class FaultList(SourceText source)
{
    private readonly List<Diagnostic> _items = [];

    public SourceText Source { get; } = source;

    public IReadOnlyList<Diagnostic> Items => _items;

    public void Add(Fault fault, Span at) => _items.Add(new Diagnostic(DiagnosticSeverity.Error, fault.Code, fault.Message, Source, at));

    public void Warn(Fault fault, Span at) => _items.Add(new Diagnostic(DiagnosticSeverity.Warning, fault.Code, fault.Message, Source, at));

    /// <summary>The script's own words for a node.</summary>
    public string TextOf(Node node) => Source.Text[Math.Min(node.Span.Start, Source.Text.Length)..Math.Min(node.Span.End, Source.Text.Length)];
}

/// <summary>
/// Every fault that a Declarative pipeline can have. The first sentence is what Jenkins says, to the letter, because people and tools search for it;
/// what follows is the cure. Codes are permanent and listed in docs/operations/errors.md.
/// </summary>
internal static class Faults
{
    // ---- structure ----

    public static Fault MissingSection(string section) => new("DCL001", $"Missing required section \"{section}\"" + section switch
    {
        "agent" => ". Say where the pipeline runs: agent any, agent none, or agent { label 'x' }.",
        "stages" => ". Put the pipeline's stages into stages { stage('…') { steps { … } } }.",
        _ => "",
    });

    public static Fault DuplicateSection(string section) => new("DCL002", $"Multiple occurrences of the {section} section");

    public static Fault UnknownSection(string name) => new("DCL003", $"Undefined section \"{name}\"" + DidYouMean(name, DeclarativeNames.PipelineSections));

    public static Fault UnknownStageSection(string name) => new("DCL004",
        $"Unknown stage section \"{name}\". Starting with version 0.5, steps in a stage must be in a ‘steps’ block." + DidYouMean(name, DeclarativeNames.StageSections, afterSentence: true));

    public static Fault SectionRemoved(string name) => new("DCL005", $"The ‘{name}’ section has been removed as of version 0.6. Use ‘post’ for all post-build actions.");

    public static Fault BareSection(string name) => new("DCL006", $"Not a valid section definition: \"{name}\". Some extra configuration is required.");

    public static Fault BareStageSection(string name) => new("DCL007", $"Not a valid stage section definition: \"{name}\". Some extra configuration is required.");

    public static Fault ExpectedBlockFor(string section) => new("DCL008", $"Expected a block for {section}");

    public static Fault EmptySection(string section) => new("DCL009", $"{section} can not be empty");

    public static Fault PipelineNotAtTop() => new("DCL010", "pipeline block must be at the top-level, not within another block");

    public static Fault NotASectionOf(string text, string section) => new("DCL011", $"Not a valid {section} definition: {text}");

    public static Fault SharedLine(string before, string name) => new("DCL012", $"\"{name}\" stands on the same line as \"{before}\", which makes one statement of the two. Put each section on its own line.");

    // ---- stages ----

    public static Fault ExpectedStage() => new("DCL020", "Expected a stage");

    public static Fault ExpectedStageName() => new("DCL021", "Expected a stage name but didn't find any. Write stage('name') { … }.");

    public static Fault NoStages() => new("DCL022", "No stages specified");

    public static Fault DuplicateStage(string name) => new("DCL023", $"Duplicate stage name: \"{name}\"");

    public static Fault StageWithoutContent(string name) => new("DCL024", $"Expected one of \"steps\", \"stages\", or \"parallel\" for stage \"{name}\"");

    public static Fault StageWithSeveralContents(string name) => new("DCL025", $"Only one of \"matrix\", \"parallel\", \"stages\", or \"steps\" allowed for stage \"{name}\"");

    public static Fault NestedParallel() => new("DCL026", "\"matrix\" or \"parallel\" cannot be nested inside another \"matrix\" or \"parallel\".");

    public static Fault NotAllowedWithParallel(string section, string stage) => new("DCL027", $"\"{section}\" is not allowed in stage \"{stage}\" as it contains parallel or matrix stages");

    public static Fault FailFastWithoutParallel(string stage) => new("DCL028", $"\"failFast\" is only allowed in a stage with \"parallel\" or \"matrix\", and stage \"{stage}\" has neither");

    public static Fault FailFastNotBoolean() => new("DCL029", "Expected a boolean with failFast");

    public static Fault StageNameNotConstant() => new("DCL030", "Expected string literal for the stage's name: it is fixed before the pipeline runs");

    // ---- agent ----

    public static Fault NoAgentType(IEnumerable<string> types) => new("DCL040", $"No agent type specified. Must be one of {Listed(types)}");

    public static Fault UnknownAgentType(string type, IReadOnlyCollection<string> types) =>
        new("DCL041", $"Invalid agent type \"{type}\" specified. Must be one of {Listed(types)}" + DidYouMean(type, types));

    public static Fault UnknownBareAgent() => new("DCL042", "Only \"agent none\", \"agent any\" or \"agent {...}\" are allowed.");

    public static Fault SeveralAgentTypes() => new("DCL043", "Only one agent type is allowed per agent section");

    public static Fault AgentNeedsBlock(string type, IEnumerable<string> required) =>
        new("DCL044", $"Multiple parameters are required for agent type \"{type}\" - {Listed(required)}. Please use a block instead.");

    public static Fault MissingAgentOption(string type, string option) => new("DCL045", $"Missing required parameter for agent type \"{type}\": {option}");

    public static Fault UnknownAgentOption(string option, string type, IReadOnlyCollection<string> options) =>
        new("DCL046", $"Invalid config option \"{option}\" for agent type \"{type}\". Valid config options are {Listed(options)}" + DidYouMean(option, options));

    // ---- values, calls and blocks ----

    public static Fault ExpectedStringLiteral() => new("DCL060", "Expected string literal");

    public static Fault ExpectedStringLiteralBut(string got) => new("DCL061", $"Expected string literal but got {got}");

    public static Fault ExpectedBoolean(string what) => new("DCL062", $"Expected a boolean with {what}");

    public static Fault BigInteger() => new("DCL063",
        "BigIntegers cannot be used as constants in Declarative. The maximum value for an integer is 9,223,372,036,854,775,807 and the minimum value for an integer is -9,223,372,036,854,775,808.");

    public static Fault MixedArguments() => new("DCL064", "Cannot mix named and unnamed arguments");

    public static Fault CannotHaveBlocks(string what) => new("DCL065", $"{what} definitions cannot have blocks");

    public static Fault UnknownParameter(string name, string? nearest) =>
        new("DCL066", $"Invalid parameter \"{name}\"" + (nearest is null ? "" : $", did you mean \"{nearest}\"?"));

    public static Fault MissingParameter(string name) => new("DCL067", $"Missing required parameter: \"{name}\"");

    public static Fault WrongType(string expected, string parameter, string got, string gotType) =>
        new("DCL068", $"Expecting \"{expected}\" for parameter \"{parameter}\" but got \"{got}\" of type class {gotType} instead");

    public static Fault WrongCount(string name, int expected, int got) => new("DCL069", $"\"{name}\" should have {expected} arguments but has {got} arguments instead.");

    public static Fault ConstantAsVariable(string text) => new("DCL070", $"[{text}] is a constant expression, but it should be a variable expression");

    public static Fault NotOneOf(string value, string parameter, IReadOnlyCollection<string> allowed) =>
        new("DCL071", $"Invalid value \"{value}\" for parameter \"{parameter}\". Valid values are {Listed(allowed)}" + DidYouMean(value, allowed));

    // ---- steps ----

    public static Fault ExpectedStep() => new("DCL080", "Expected a step. Statements other than steps belong into a script { … } block.");

    public static Fault MethodCallOnObject() => new("DCL081", "Method calls on objects not allowed outside \"script\" blocks.");

    public static Fault NoSteps() => new("DCL082", "No steps specified for branch");

    public static Fault ExpectedBranchBlock() => new("DCL083", "Expected closure or failFast");

    public static Fault UnknownStep(string name, string? nearest) =>
        new("DCL084", $"No such DSL method '{name}' found among steps" + (nearest is null ? "." : $". Did you mean \"{nearest}\"?"));

    public static Fault TooManyUnnamed(string step) =>
        new("DCL085", $"Step \"{step}\" takes at most one unnamed argument. Name the arguments: {step}(name: value, …).");

    public static Fault BlockMissing(string step) => new("DCL086", $"{step} step must be called with a body. Write {step}(…) {{ … }}.");

    public static Fault BlockNotAllowed(string step) => new("DCL087", $"{step} takes no block. Take the braces off, or put them where they were meant.");

    // ---- environment ----

    public static Fault NoVariables() => new("DCL100", "No variables specified for environment");

    public static Fault InvalidIdentifier(string name) => new("DCL101",
        $"\"{name}\" is not a valid identifier and cannot be used for an environment variable. Identifiers must start with a letter or underscore and can contain only letters, numbers or underscores.");

    public static Fault ExpectedPairs() => new("DCL102", "Expected name=value pairs");

    public static Fault EnvironmentValue() => new("DCL103",
        "Environment variable values must either be single quoted, double quoted, or function calls. Wrap other expressions into a string: \"${…}\".");

    public static Fault EnvironmentJoin() => new("DCL104", "Environment variable values can only be joined together with ‘+’s.");

    public static Fault EnvironmentConcatenation() => new("DCL105", "Environment variable values to be concatenated together must be single or double quoted.");

    public static Fault DuplicateVariable(string name) => new("DCL106", $"Duplicate environment variable name: \"{name}\"");

    // ---- directives ----

    public static Fault UnknownOption(string name, IReadOnlyCollection<string> known) =>
        new("DCL120", $"Invalid option type \"{name}\". Valid option types: {Listed(known)}" + DidYouMean(name, known));

    public static Fault PropertyAsOption(string name) =>
        new("DCL121", $"The \"{name}\" job property cant be used in the \"options\" directive. Use the \"{name} {{...}}\" directive instead.");

    public static Fault UnknownTrigger(string name, IReadOnlyCollection<string> known) =>
        new("DCL122", $"Invalid trigger type \"{name}\". Valid trigger types: {Listed(known)}" + DidYouMean(name, known));

    public static Fault UnknownParameterType(string name, IReadOnlyCollection<string> known) =>
        new("DCL123", $"Invalid parameter type \"{name}\". Valid parameter types: {Listed(known)}" + DidYouMean(name, known));

    public static Fault ExpectedCall(string what) => new("DCL124", $"Expected {what}");

    public static Fault ExpectedLibrary(string got) => new("DCL125", $"Expected a \"lib(...)\" but got {got}");

    public static Fault UnknownTool(string name, IReadOnlyCollection<string> known) =>
        new("DCL126", $"Invalid tool type \"{name}\". Valid tool types: {Listed(known)}" + DidYouMean(name, known));

    public static Fault NoTools() => new("DCL127", "No tools specified");

    public static Fault PreservedBuilds() => new("DCL128", "The number of builds to preserve must be between 1 and 50.");

    public static Fault DuplicateParameter(string name) => new("DCL129", $"Duplicate build parameter name: \"{name}\"");

    // ---- input ----

    public static Fault NoInputMessage() => new("DCL140", "No message specified for input");

    public static Fault UnknownInputField(string name) =>
        new("DCL141", $"Not a valid field for input: \"{name}\"" + DidYouMean(name, DeclarativeNames.InputFields, always: true));

    // ---- when ----

    public static Fault EmptyWhen() => new("DCL150", "Empty when closure, remove the property or add some content.");

    public static Fault ExpectedCondition() => new("DCL151", "Expected a when condition. Groovy code belongs into expression { … }.");

    public static Fault UnknownCondition(string name, IReadOnlyCollection<string> known) =>
        new("DCL152", $"Unknown conditional {name}. Valid conditionals are: {string.Join(", ", known)}" + DidYouMean(name, known));

    public static Fault NoChildrenAllowed(string name) => new("DCL153", $"No children when conditions are allowed for when condition \"{name}\".");

    public static Fault ChildrenRequired(string name) => new("DCL154", $"Nested when condition \"{name}\" requires at least one child condition.");

    public static Fault ExactlyChildren(string name, int count) => new("DCL155", $"Nested when condition \"{name}\" requires exactly {count} child condition(s).");

    // ---- post ----

    public static Fault UnknownPostCondition(string name) => new("DCL160",
        $"Invalid condition \"{name}\" - valid conditions are {Listed(DeclarativeNames.PostConditions)}" + DidYouMean(name, DeclarativeNames.PostConditions));

    public static Fault DuplicatePostCondition(string name) => new("DCL161", $"Duplicate build condition name: \"{name}\"");

    // ---- matrix ----

    public static Fault NoAxes() => new("DCL170", "No axis directives specified");

    public static Fault ExpectedAxis() => new("DCL171", "Expected an axis");

    public static Fault ExpectedExclude() => new("DCL172", "Expected an exclude");

    public static Fault DuplicateAxis(string name) => new("DCL173", $"Duplicate axis name: \"{name}\"");

    public static Fault DuplicateAxisValue(string value) => new("DCL174", $"Duplicate axis value: \"{value}\"");

    public static Fault ValuesOrNotValues() => new("DCL175", "Exclude axis must contain either \"values\" or \"notValues\"");

    public static Fault UnknownMatrixSection(string name) => new("DCL176", $"Unknown matrix section \"{name}\"" + DidYouMean(name, DeclarativeNames.MatrixSections));

    public static Fault UnknownAxisField(string name) => new("DCL177", $"Unknown axis section \"{name}\"" + DidYouMean(name, ["name", "values", "notValues"]));

    public static Fault AxisWithout(string what) => new("DCL178", $"Missing required axis section: \"{what}\"");

    // ---- valid, but not offered here ----

    public static Fault NotOffered(string what, string cure) => new("DCL190", $"{what} is not supported by this version. {cure}");

    private static string Listed(IEnumerable<string> names) => "[" + string.Join(", ", names) + "]";

    private static string DidYouMean(string name, IEnumerable<string> known, bool afterSentence = false, bool always = false)
    {
        var nearest = always ? NearestName.Closest(name, known) : NearestName.Of(name, known);
        return nearest is null ? "" : (afterSentence ? " " : ". ") + $"Did you mean \"{nearest}\"?";
    }
}
