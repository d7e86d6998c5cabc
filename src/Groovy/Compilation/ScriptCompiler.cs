using Slipway.Groovy.Syntax;

namespace Slipway.Groovy.Compilation;

/// <summary>Turns a syntax tree into code that an <see cref="Runtime.Interpreter"/> can run.</summary>
public static class ScriptCompiler
{
    /// <summary>Compiles a script. Faults are in the result's <see cref="CompiledScript.Diagnostics"/>; nothing is thrown for what a user wrote.</summary>
    public static CompiledScript Compile(ScriptNode script, CompilerOptions? options = null)
    {
        options ??= CompilerOptions.Default;
        var context = new ScriptContext(script.Source, script.Package, script.Imports, options) { ScriptClassName = options.ClassName ?? ClassNameOf(script.Source.Name) };
        var nodes = script.Classes.Concat(LocalClasses(script.Statements)).ToList();
        foreach (var node in nodes)
        {
            ClassCompiler.DeclareNames(context, node, null);
        }

        var fields = FieldDeclarations(script.Statements).ToList();
        var scope = fields.Count == 0 ? null : new ClassScope(ScriptAsClass(context, script, fields), context.ScriptClassName, null);
        var body = FunctionCompiler.ScriptBody(context, script);
        var methods = script.Methods.Select(m => FunctionCompiler.Method(context, m, scope, context.ScriptClassName, null)).ToArray();
        var main = new ClassCode
        {
            Name = context.ScriptClassName,
            Kind = ClassKind.Class,
            Super = null,
            Interfaces = [],
            Fields = [.. fields.Select(f => new FieldCode(f.Name, context.Resolve(f.Type), IsStatic: false, IsProperty: true, IsFinal: false))],
            Methods = methods,
            Constructors = [],
            FieldInitializer = fields.Count == 0 ? null : FunctionCompiler.Initializer(
                context,
                scope,
                context.ScriptClassName,
                isStatic: false,
                null,
                c =>
                {
                    foreach (var field in fields.Where(f => f.Initializer is not null))
                    {
                        c.InitializeField(field);
                    }
                },
                script.Span),
        };
        var classes = nodes.SelectMany(n => ClassCompiler.Compile(context, n, null)).ToArray();
        return new CompiledScript(script.Source, main, body, classes, [.. context.Diagnostics], context);
    }

    /// <summary>Compiles part of a tree to run in the scope of a script: its binding, its methods and classes, its shared variables.</summary>
    internal static FunctionCode CompileFragment(CompiledScript script, Node fragment)
    {
        var block = fragment switch
        {
            BlockStatement b => b,
            Statement statement => new BlockStatement([statement], statement.Span),
            Expression expression => new BlockStatement([new ExpressionStatement(expression, expression.Span)], expression.Span),
            _ => throw new ArgumentException($"Cannot compile a {fragment.GetType().Name} by itself", nameof(fragment)),
        };
        // Diagnostics and counters of the script's own context are its own: a shared script is not changed by what is compiled next to it.
        var before = script.Context.Diagnostics.Count;
        lock (script.Context)
        {
            var code = FunctionCompiler.Fragment(script.Context, block);
            if (script.Context.Diagnostics.Count > before)
            {
                throw new GroovyCompilationException([.. script.Context.Diagnostics.Skip(before)]);
            }

            return code;
        }
    }

    private static string ClassNameOf(string path)
    {
        var name = Path.GetFileName(path.Replace('\\', '/'));
        var dot = name.LastIndexOf('.');
        name = dot > 0 ? name[..dot] : name;
        return name.Length == 0 ? "Script1" : name;
    }

    private static IEnumerable<FieldNode> FieldDeclarations(IEnumerable<Statement> statements) => statements
        .OfType<DeclarationStatement>()
        .Where(d => d.Annotations.Any(a => a.Name is "Field" or "groovy.transform.Field"))
        .SelectMany(d => d.Variables.Select(v => new FieldNode(v.Name, v.Type, d.Modifiers, IsProperty: true, v.Initializer, d.Annotations, v.Span)));

    // With fields a script is compiled like a class: its methods reach them directly.
    private static ClassNode ScriptAsClass(ScriptContext context, ScriptNode script, IReadOnlyList<FieldNode> fields) =>
        new(ClassKind.Class, context.ScriptClassName, Modifiers.None, null, [], fields, [], [], [], [], [], script.Span);

    private static IEnumerable<ClassNode> LocalClasses(IEnumerable<Statement> statements) => statements.OfType<ClassDeclarationStatement>().Select(s => s.Class);
}

/// <summary>A fragment of a script could not be compiled.</summary>
public sealed class GroovyCompilationException(IReadOnlyList<Diagnostic> diagnostics) : Exception(string.Join('\n', diagnostics.Select(d => d.Render())))
{
    public IReadOnlyList<Diagnostic> Diagnostics { get; } = diagnostics;
}
