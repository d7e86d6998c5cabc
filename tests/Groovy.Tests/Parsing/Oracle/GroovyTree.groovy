// Prints the tree that Groovy 2.4 itself makes of scripts, in the notation of TreeText.
// groovy GroovyTree.groovy <in> <out>: <in> holds scripts parted by NUL characters; <out> gets a line for each: "ok" or "err", a tab, the tree or the message.
import org.codehaus.groovy.ast.*
import org.codehaus.groovy.ast.expr.*
import org.codehaus.groovy.ast.stmt.*
import org.codehaus.groovy.control.*

class Tree {
  static String q(String s) {
    def b = new StringBuilder('"')
    s.each { c -> char ch = c as char; if (ch == '"' as char || ch == '\\' as char) b << '\\' << ch; else if (ch < 32 || ch > 126) b << String.format('\\u%04x', (int) ch); else b << ch }
    b << '"'; b.toString()
  }
  static String type(ClassNode t) {
    if (t == null) return 'def'
    if (t.array) return type(t.componentType) + '[]'
    t.nameWithoutPackage == t.name ? t.name : t.name
  }
  static String con(Object v) {
    if (v == null) return 'null'
    if (v instanceof Boolean) return v.toString()
    if (v instanceof String) return q(v)
    if (v instanceof Integer) return "(int $v)"
    if (v instanceof Long) return "(long $v)"
    if (v instanceof Float) return "(float ${new BigDecimal(v.toString()).doubleValue()})"
    if (v instanceof Double) return "(double ${v})"
    if (v instanceof BigDecimal) return "(dec ${v.toPlainString()})"
    if (v instanceof BigInteger) return "(bigint $v)"
    "(?const ${v.class.name})"
  }
  static String args(Expression a) {
    if (a instanceof TupleExpression) {
      return a.expressions.collect { e -> e instanceof NamedArgumentListExpression ? '(named' + entries(e) + ')' : ex(e) }.collect { ' ' + it }.join('')
    }
    ' ' + ex(a)
  }
  static String entries(MapExpression m) { m.mapEntryExpressions.collect { e -> e.keyExpression instanceof SpreadMapExpression ? " (*: ${ex(e.valueExpression)})" : " (${ex(e.keyExpression)} ${ex(e.valueExpression)})" }.join('') }
  static String params(Parameter[] ps) { '(' + ps.collect { p -> "(${p.dynamicTyped ? 'def' : type(p.type)} ${p.name}${p.hasInitialExpression() ? ' ' + ex(p.initialExpression) : ''})" }.join(' ') + ')' }
  static String ex(Expression e) {
    if (e == null) return 'nil'
    switch (e) {
      case AnnotationConstantExpression: return ann((AnnotationNode) e.value)
      case ConstantExpression:
        if (e.is(EmptyExpression.INSTANCE)) return 'nil'
        return con(e.value)
      case EmptyExpression: return 'nil'
      case GStringExpression:
        def b = new StringBuilder('(g'); e.strings.eachWithIndex { s, i -> b << ' ' << q(s.value as String); if (i < e.values.size()) b << ' ' << ex(e.values[i]) }
        // groovy leaves out a trailing empty string
        if (e.strings.size() == e.values.size()) b << ' ""'
        return b << ')'
      case VariableExpression: return "(v ${e.name})"
      case ClassExpression: return "(v ${type(e.type)})"
      case SpreadExpression: return "(* ${ex(e.expression)})"
      case SpreadMapExpression: return "(*: ${ex(e.expression)})"
      case ArrayExpression: return "(newarr ${type(e.elementType)}${e.sizeExpression.collect { ' ' + ex(it) }.join('')}${e.expressions ? ' {' + e.expressions.collect { ex(it) }.join(' ') + '}' : ''})"
      case ArgumentListExpression: return "(tuple${e.expressions.collect { ' ' + ex(it) }.join('')})"
      case TupleExpression: return "(tuple${e.expressions.collect { ' ' + ex(it) }.join('')})"
      case ClosureListExpression: return "(clist${e.expressions.collect { ' ' + ex(it) }.join('')})"
      case ListExpression: return "(list${e.expressions.collect { ' ' + ex(it) }.join('')})"
      case MapExpression: return "(map${entries(e)})"
      case RangeExpression: return "(${e.inclusive ? '..' : '..<'} ${ex(e.from)} ${ex(e.to)})"
      case AttributeExpression: return "(attr${e.safe ? '?' : ''}${e.spreadSafe ? '*' : ''} ${ex(e.objectExpression)} ${ex(e.property)})"
      case PropertyExpression: return "(prop${e.safe ? '?' : ''}${e.spreadSafe ? '*' : ''} ${ex(e.objectExpression)} ${ex(e.property)})"
      case MethodPointerExpression: return "(ptr ${ex(e.expression)} ${ex(e.methodName)})"
      case MethodCallExpression: return "(call${e.safe ? '?' : ''}${e.spreadSafe ? '*' : ''} ${e.implicitThis ? 'nil' : ex(e.objectExpression)} ${ex(e.method)}${args(e.arguments)})"
      case ConstructorCallExpression:
        if (e.specialCall) return "(call nil \"${e.superCall ? 'super' : 'this'}\"${args(e.arguments)})"
        return "(new ${e.usingAnonymousInnerClass ? 'anon' : type(e.type)}${args(e.arguments)})"
      case ClosureExpression: return "(closure ${e.parameters == null ? '()' : e.parameters.length == 0 ? 'it' : params(e.parameters)} ${st(e.code)})"
      case UnaryMinusExpression: return "(neg ${ex(e.expression)})"
      case UnaryPlusExpression: return "(pos ${ex(e.expression)})"
      case NotExpression: return "(! ${ex(e.expression)})"
      case BitwiseNegationExpression: return "(~ ${ex(e.expression)})"
      case PrefixExpression: return "(pre${e.operation.text} ${ex(e.expression)})"
      case PostfixExpression: return "(post${e.operation.text} ${ex(e.expression)})"
      case DeclarationExpression:
        return "(decl ${e.leftExpression instanceof TupleExpression ? '(tuple' + e.leftExpression.expressions.collect { " (${it.dynamicTyped ? 'def' : type(it.originType)} ${it.name})" }.join('') + ')' : (e.variableExpression.dynamicTyped ? 'def' : type(e.variableExpression.originType)) + ' ' + e.variableExpression.name} ${ex(e.rightExpression)})"
      case BinaryExpression: return "(${e.operation.text} ${ex(e.leftExpression)} ${ex(e.rightExpression)})"
      case ElvisOperatorExpression: return "(elvis ${ex(e.trueExpression)} ${ex(e.falseExpression)})"
      case TernaryExpression: return "(?: ${ex(e.booleanExpression)} ${ex(e.trueExpression)} ${ex(e.falseExpression)})"
      case BooleanExpression: return ex(e.expression)
      case CastExpression: return "(${e.coerce ? 'as' : 'cast'} ${type(e.type)} ${ex(e.expression)})"
    }
    "(?expr ${e.class.simpleName})"
  }
  static String lab(Statement s, String t) { (s.statementLabels ?: []).each { t = "(label $it $t)" }; t }
  static String st(Statement s) {
    if (s == null) return 'nil'
    lab(s, st0(s))
  }
  static String bod(Statement s) { def t = st(s); t == '(empty)' ? '{}' : t }
  static String fin(Statement s) { s instanceof BlockStatement && s.statements.size() == 1 && s.statements[0] instanceof BlockStatement ? st(s.statements[0]) : st(s) }
  static String st0(Statement s) {
    switch (s) {
      case EmptyStatement: return '(empty)'
      case BlockStatement: return '{' + s.statements.collect { st(it) }.join(' ') + '}'
      case ExpressionStatement: return ex(s.expression)
      case ReturnStatement: return "(return ${s.expression instanceof ConstantExpression && s.expression.value == null ? 'null' : ex(s.expression)})"
      case IfStatement: return "(if ${ex(s.booleanExpression)} ${st(s.ifBlock)} ${st(s.elseBlock)})"
      case WhileStatement: return "(while ${ex(s.booleanExpression)} ${st(s.loopBlock)})"
      case ForStatement: return s.collectionExpression instanceof ClosureListExpression ? "(for ${ex(s.collectionExpression)} ${st(s.loopBlock)})" : "(forin (${s.variable.dynamicTyped ? 'def' : type(s.variable.type)} ${s.variable.name}) ${ex(s.collectionExpression)} ${st(s.loopBlock)})"
      case SwitchStatement: return "(switch ${ex(s.expression)}${s.caseStatements.collect { " (case ${ex(it.expression)} ${bod(it.code)})" }.join('')} (default ${st(s.defaultStatement)}))"
      case TryCatchStatement: return "(try ${st(s.tryStatement)}${s.catchStatements.collect { " (catch ${it.variable.dynamicTyped ? 'def' : type(it.variable.type)} ${it.variable.name} ${st(it.code)})" }.join('')} ${fin(s.finallyStatement)})"
      case ThrowStatement: return "(throw ${ex(s.expression)})"
      case BreakStatement: return "(break ${s.label})"
      case ContinueStatement: return "(continue ${s.label})"
      case AssertStatement: return "(assert ${ex(s.booleanExpression)} ${ex(s.messageExpression) == 'null' ? 'nil' : ex(s.messageExpression)})"
      case SynchronizedStatement: return "(sync ${ex(s.expression)} ${st(s.code)})"
    }
    "(?stmt ${s.class.simpleName})"
  }
  static String ann(AnnotationNode a) { "(@${type(a.classNode)}${a.members.collect { k, v -> " ($k ${ex(v)})" }.join('')})" }
  static String meth(MethodNode m) { "(method ${m instanceof ConstructorNode ? '<init>' : (m.dynamicReturnType ? 'def' : type(m.returnType)) + ' ' + q(m.name)} ${params(m.parameters)} ${st(m.code).startsWith("\"") || !(m.code instanceof BlockStatement) ? "nil" : st(m.code)}${m.annotations.collect { ' ' + ann(it) }.join('')})" }
  static String cls(ClassNode c) {
    def b = new StringBuilder("(class ${c.name} extends ${c.superClass ? type(c.unresolvedSuperClass) : 'nil'} (${c.unresolvedInterfaces.collect { type(it) }.findAll { it != 'java.lang.annotation.Annotation' }.join(' ')})")
    if (c.enum) { b = new StringBuilder("(class ${c.name} extends java.lang.Enum ()"); c.fields.each { f -> if (f.enum && f.lineNumber > 0) b << " (const ${f.name})" } }
    c.fields.each { f -> if (c.enum && (f.enum || f.lineNumber < 1)) return; if (!f.synthetic || c.getProperty(f.name)) b << " (field ${f.dynamicTyped ? 'def' : type(f.type)} ${f.name} ${ex(f.initialValueExpression)} ${c.getProperty(f.name) != null}${f.annotations.collect { ' ' + ann(it) }.join('')})" }
    c.objectInitializerStatements.each { b << ' (init ' << st(it) << ')' }
    c.declaredConstructors.each { b << ' ' << meth(it) }
    c.methods.findAll { !c.enum || it.lineNumber > 0 }.sort { it.lineNumber * 100000 + it.columnNumber }.each { b << ' ' << meth(it) }
    b << ')'
  }
  static String module(ModuleNode m) {
    def b = new StringBuilder()
    if (m.packageName) b << "(package ${m.packageName[0..-2]}) "
    m.imports.sort { it.className }.each { b << "(import ${it.className} ${it.alias}${it.annotations.collect { ' ' + ann(it) }.join('')}) " }
    m.starImports.each { b << "(importstar ${it.packageName}${it.annotations.collect { ' ' + ann(it) }.join('')}) " }
    m.staticImports.sort { it.value.lineNumber }.each { k, v -> b << "(importstatic ${v.className} ${v.fieldName} ${k}${v.annotations.collect { ' ' + ann(it) }.join('')}) " }
    m.staticStarImports.each { k, v -> b << "(importstaticstar ${v.className}${v.annotations.collect { ' ' + ann(it) }.join('')}) " }
    def body = st(m.statementBlock); b << (body == '{(return null)}' ? '{}' : body)
    m.methods.each { b << ' ' << meth(it) }
    def script = m.classes.find { it.script }
    m.classes.findAll { !it.script && !(it instanceof InnerClassNode && it.anonymous) }.each { b << ' ' << cls(it) }
    b.toString()
  }
  static List parse(String name, String text) {
    def out
    Throwable err = null
    def t = new Thread(null, {
      try {
        def cu = new CompilationUnit()
        def su = cu.addSource(name, text)
        cu.compile(Phases.CONVERSION)
        out = ['ok', module(su.AST)]
      } catch (MultipleCompilationErrorsException e) { out = ['err', e.errorCollector.errors.collect { x -> x instanceof org.codehaus.groovy.control.messages.SyntaxErrorMessage ? x.cause.message : x.toString() }.join(' | ').replaceAll(/\s+/, ' ')] }
      catch (Throwable e) { out = ['crash', e.toString().replaceAll(/\s+/, ' ')] }
    }, 'p', 512L << 20)
    t.start(); t.join()
    out
  }
}
def out = new File(args[1]).newWriter('UTF-8')
new File(args[0]).getText('UTF-8').split('\0').eachWithIndex { text, i ->
  def (state, result) = Tree.parse("Script${i}.groovy", text)
  out << "${state}\t${result}\n"
}
out.close()
