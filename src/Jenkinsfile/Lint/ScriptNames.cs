using System.Text.RegularExpressions;
using Slipway.Groovy.Syntax;
using Slipway.Jenkinsfile.Declarative.Model;

namespace Slipway.Jenkinsfile.Lint;

/// <summary>The names that a script gives a meaning to itself.</summary>
internal sealed partial class ScriptNames
{
    private readonly HashSet<string> _declared;
    private readonly string _text;

    private ScriptNames(HashSet<string> declared, bool mayComeFromElsewhere, string text) => (_declared, MayComeFromElsewhere, _text) = (declared, mayComeFromElsewhere, text);

    public IEnumerable<string> Declared => _declared;

    /// <summary>Libraries, loaded files and evaluated texts can bring any name.</summary>
    public bool MayComeFromElsewhere { get; }

    public bool IsDeclared(string name) => _declared.Contains(name);

    /// <summary>Whether the name is declared, or stands anywhere in the script other than as the name of a call without a receiver: it may be a variable, a parameter, a key of a delegate.</summary>
    public bool IsMentioned(string name) => IsDeclared(name) || Regex.Count(_text, $@"\b{Regex.Escape(name)}\b") > Regex.Count(_text, $@"(?m)(?:^|[;{{])[ \t]*{Regex.Escape(name)}[ \t]*[('""\[{{A-Za-z0-9_]");

    public static ScriptNames Of(ScriptNode script, IReadOnlyList<DeclarativePipeline> pipelines, LintOptions options)
    {
        var declared = new HashSet<string>(options.LibraryFunctions, StringComparer.Ordinal);
        declared.UnionWith(script.Methods.Select(m => m.Name));
        declared.UnionWith(script.Classes.Select(c => c.Name));
        declared.UnionWith(script.Imports.Where(i => i.IsStatic).Select(i => i.Alias ?? i.Name[(i.Name.LastIndexOf('.') + 1)..]));
        var text = script.Source.Text;
        var elsewhere = text.Contains("@Library", StringComparison.Ordinal)
            || pipelines.Any(p => p.Libraries.Count > 0)
            || CallsThatBringNames().IsMatch(text)
            || script.Imports.Any(i => i.IsStatic && i.IsStar);
        foreach (var statement in script.Statements)
        {
            switch (statement)
            {
                case DeclarationStatement declaration:
                    declared.UnionWith(declaration.Variables.Select(v => v.Name));
                    break;
                case ExpressionStatement { Expression: AssignmentExpression { Target: NameExpression name } }:
                    declared.Add(name.Name);
                    break;
            }
        }

        // What any code assigns becomes a variable of the script, and may hold a closure.
        foreach (Match assigned in AssignedClosure().Matches(text))
        {
            declared.Add(assigned.Groups[1].Value);
        }

        return new ScriptNames(declared, elsewhere, text);
    }

    [GeneratedRegex(@"(?m)(?:^|[;{])\s*([A-Za-z_$][\w$]*)\s*=\s*(?:\{|[\w.]+\.&)")]
    private static partial Regex AssignedClosure();

    [GeneratedRegex(@"(?m)(?:^|[=\s;{(])(?:library|load|evaluate)\s*(?:\(|['""])")]
    private static partial Regex CallsThatBringNames();
}
