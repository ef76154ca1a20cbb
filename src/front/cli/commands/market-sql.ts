export async function marketSql() {}
